"""Cypher to ClickHouse SQL: reads, types, plans and lowers a query; keeps what it has compiled."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from queries.graph.binder import bind, parameters
from queries.graph.decoding import decoded, is_plain
from queries.graph.errors import MissingParameterError
from queries.graph.parameters import Given, described, written
from queries.graph.pattern import Known, Pattern
from queries.graph.planner import Plan
from queries.graph.reader import read
from queries.graph.rules.few_edges import few_edges
from queries.graph.rules.fusion import fused
from queries.graph.rules.optional_counts import counted_first
from queries.graph.shapes import Kind
from queries.graph.sql_expressions import placeholder
from queries.graph.sql_patterns import PatternLowering
from queries.graph.sql_projections import StageLowering
from queries.graph.sql_unions import united
from queries.graph.stages import Stage
from queries.graph.syntax import Parameter, Union
from queries.graph.view import View
from schemas.errors import QueryError, UsageError

#: How many compiled queries are kept.
KEPT = 512

#: Outer joins fill with null, as Cypher has it. Small sets find their rows by the primary key; large ones would only
#: spend time on it. FINAL stands in the statement, where it is needed. Of two sides the plan joins the smaller one
#: already: with the engine's own guess question 12 took half as long again. A table has the same rows in all parts of a
#: statement, although more come in the meantime: a bound is that of the rows it is for.
SETTINGS: dict[str, int | str] = {
    "join_use_nulls": 1,
    "use_index_for_in_with_subqueries_max_values": 20000,
    "do_not_merge_across_partitions_select_final": 1,
    "query_plan_join_swap_table": "false",
    "transform_null_in": 0,
    "enable_shared_storage_snapshot_in_query": 1,
    "output_format_json_escape_forward_slashes": 0,
}


@dataclass(frozen=True)
class Anchor:
    """A node the query starts from, by a parameter that is its key."""

    label: str
    key: str
    parameter: str


@dataclass(frozen=True)
class Compiled:
    """A statement for ClickHouse with bound parameters (as text) and settings; `names` are all its parameters.

    `core` is the part that finds the rows, where the rest of the statement only decorates them. `kinds` says what each
    column holds (queries.graph.shapes); `rows` makes Python values of what the database answers.
    """

    sql: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    parameters: dict[str, str]
    settings: dict[str, int | str]
    anchors: tuple[Anchor, ...]
    plan: str
    core: str
    kinds: tuple[Kind, ...]
    tree: exp.Expr = field(compare=False, repr=False)

    def rows(self, found: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The database's rows as Python values; Node, Relationship and Path (queries.graph.elements) among them."""
        if all(map(is_plain, self.kinds)):
            yield from found
            return
        for row in found:
            yield tuple(decoded(kind, value) for kind, value in zip(self.kinds, row, strict=True))

    def pretty(self) -> str:
        """The statement over several lines."""
        return self.tree.sql("clickhouse", pretty=True)


@dataclass(frozen=True)
class _Statement:
    sql: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    settings: dict[str, int | str]
    anchors: tuple[Anchor, ...]
    plan: str
    core: str
    kinds: tuple[Kind, ...]
    tree: exp.Expr


class Compiler:
    """Compiles queries over one view. The values of parameters are never part of the SQL."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._compiled = functools.lru_cache(maxsize=KEPT)(self._compile)

    def compile(self, text: str, given: Mapping[str, object] | None = None) -> Compiled:
        """The SQL of a query, for parameters of the kinds given.

        Raises:
            QueryError: the text is broken, would write, or says what is not supported or not there.
            UsageError: a parameter is missing or cannot be one.
        """
        given = given or {}
        try:
            statement = self._compiled(text, described(given))
        except RecursionError:
            raise QueryError("The query is nested too deep: use fewer brackets, or a list and IN.") from None
        _expect_counts(statement.sql, given)
        bound = {placeholder(name): written(given[name]) for name in statement.names if given[name] is not None}
        return Compiled(
            statement.sql,
            statement.columns,
            statement.names,
            bound,
            statement.settings,
            statement.anchors,
            statement.plan,
            statement.core,
            statement.kinds,
            statement.tree,
        )

    def _compile(self, text: str, given: tuple[Given, ...]) -> _Statement:
        query = read(text)
        names = sorted(parameters(query))
        known = {name for name, _, _ in given}
        missing = [name for name in names if name not in known]
        if missing:
            raise MissingParameterError(
                f"The query needs the parameter '{missing[0]}', which is not given (c360: --param {missing[0]}=...)."
            )
        patterns = PatternLowering(
            {name: type_name for name, type_name, _ in given}, {name: kind for name, _, kind in given}
        )
        kinds = {name: kind for name, _, kind in given}
        lowering = StageLowering(patterns)
        if isinstance(query, Union):
            parts = [_rewritten(bind(one, self._view, kinds), kinds) for one in query.queries]
            select, columns = united(query, parts, lowering)
        else:
            select, columns = lowering.statement(_rewritten(bind(query, self._view, kinds), kinds))
        sql = select.sql("clickhouse", copy=False)
        core = lowering.core.sql("clickhouse", copy=False) if lowering.core is not None else sql
        settings = {**SETTINGS, "final": int(patterns.opaque)}
        anchors = tuple(dict.fromkeys(a for made in patterns.plans for a in _anchors(made.pattern)))
        plan = _described(patterns.plans)
        return _Statement(sql, columns, tuple(names), settings, anchors, plan, core, lowering.kinds, select)


def _rewritten(stages: list[Stage], kinds: Mapping[str, Kind]) -> list[Stage]:
    return counted_first(few_edges(fused(stages), kinds), kinds)


def _anchors(pattern: Pattern) -> list[Anchor]:
    found = []
    for part in pattern.filters:
        if isinstance(part, Known) and isinstance(part.value, Parameter):
            kind = pattern.nodes[part.node]
            key = next(name for name, column in kind.columns.items() if column == kind.key)
            found.append(Anchor(kind.label, key, part.value.name))
    return found


def _described(plans: list[Plan]) -> str:
    """The plan in words: each reading, outermost first."""
    lines = []
    for made in plans:
        for scan in made.scans:
            how = "exactly" if scan.exact else "as a set"
            edge = scan.edge
            ends = f"({edge.source})-[{edge.name}:{edge.type.name}]->({edge.target})"
            lines.append(f"read {ends} from {scan.source.table} by {edge.key(scan.near)}, {how}")
        lines += [f"read ({node}:{made.pattern.nodes[node].label})" for node in made.lone]
    return "\n".join(lines)


def _expect_counts(sql: str, given: Mapping[str, object]) -> None:
    for name, value in given.items():
        if isinstance(value, int) and value < 0 and f"{{{placeholder(name)}: UInt64}}" in sql:
            raise UsageError(f"The parameter '{name}' is {value}: SKIP and LIMIT take 0 or more.")
