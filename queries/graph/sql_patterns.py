"""From plans of patterns to SELECTs that answer one row for each match, with only the columns asked for."""

import itertools
import re
from collections.abc import Iterable, Mapping

from sqlglot import exp

from queries.graph.kinds import Kinds
from queries.graph.packing import function
from queries.graph.pattern import Edge, Pattern, Within
from queries.graph.planner import Plan, plan
from queries.graph.rules.codes import is_code, plain, property_source
from queries.graph.rules.members import gathered, meeting, with_sets
from queries.graph.shapes import Kind
from queries.graph.sql_codes import coded
from queries.graph.sql_codes import there as has_code
from queries.graph.sql_joins import Join
from queries.graph.sql_relations import Relation, Slot, own_conditions
from queries.graph.sql_sets import holding, merged, union, wanted
from queries.graph.syntax import Expression, Facet, Property, Variable, walk
from queries.graph.view import NodeType, Source, Sum


class PatternLowering:
    """Lowers patterns; remembers whether rows were read of which nothing is known but that FINAL makes them exact."""

    def __init__(self, types: Mapping[str, str], kinds: Mapping[str, Kind]) -> None:
        self.types, self.kinds = types, kinds
        self.opaque = False
        self.plans: list[Plan] = []
        self._numbers = itertools.count(1)

    def name(self, slot: Slot) -> str:
        """A new column name, like no other."""
        # The engine reads no more than ASCII as a name that stands without quotes.
        words = re.sub(r"\W", "", "_".join(part for part in slot if part), flags=re.ASCII)
        return f"v{next(self._numbers)}_{words}"

    def matches(
        self, pattern: Pattern, asked: Iterable[Slot], carried: Relation | None, values: Kinds, *, distinct: bool
    ) -> Relation:
        """The bindings of a pattern.

        Args:
            pattern: what to bind.
            asked: columns wanted.
            carried: what earlier clauses have bound, to be joined.
            values: kinds of the values among these.
            distinct: rows may be fewer than matches, as long as the distinct ones are all there.
        """
        asked = list(dict.fromkeys(asked))
        made = self.planned(pattern, asked, distinct=distinct)
        sets = gathered(made, asked) if distinct and carried is None else None
        join = Join(self, made, carried, values)
        if distinct and carried is None and sets is None and (met := meeting(made, asked)) is not None:
            among = wanted(self, join, met)
            if among is not None:
                self.plans.append(with_sets(made, met))
                return holding(self, join, met, among, asked[0])
        self.plans.append(made if sets is None else with_sets(made, sets))
        return join.relation(asked) if sets is None else union(self, join, sets, asked[0])

    def planned(self, pattern: Pattern, asked: Iterable[Slot], *, distinct: bool) -> Plan:
        """How a pattern is read for the columns asked for."""
        asked = list(asked)
        names = {name for name, _ in asked}
        return plan(pattern, names, _edge_columns(pattern, asked), self.kinds, distinct=distinct)

    def semi_join(self, test: Within, columns: Mapping[str, exp.Expr], *, absent: bool = False) -> exp.Expr:
        """Whether the nodes (given as SQL) are among those a pattern binds.

        Where they must be `absent`, a set of them is of no use as a key to rows, and is looked into as it is.
        """
        if absent and len(test.nodes) == 1 and (found_set := self.union(test)) is not None and not found_set[1]:
            held = function("bitmapContains", found_set[0], columns[test.nodes[0]])
            return function("ifNull", held, exp.Literal.number(0))
        slots: list[Slot] = [(node, None) for node in test.nodes]
        found = self.matches(test.pattern, slots, None, {}, distinct=True)
        if not slots:
            some = exp.select(exp.GT(this=function("count"), expression=exp.Literal.number(0))).from_(
                found.select.limit(1).subquery("some", copy=False)
            )
            return some.subquery(copy=False)
        keys = [columns[node] for node in test.nodes]
        left: exp.Expr = keys[0] if len(keys) == 1 else exp.Tuple(expressions=keys)
        return exp.In(this=left, query=found.select.subquery(copy=False))

    def union(self, test: Within) -> tuple[exp.Expr, tuple[Expression, ...]] | None:
        """The one set (a scalar) of the nodes that a pattern binds, and what is asked of them besides, where sets of
        members unite to it.
        """
        slots: list[Slot] = [(node, None) for node in test.nodes]
        made = self.planned(test.pattern, slots, distinct=True)
        sets = gathered(made, slots)
        if sets is None:
            return None
        self.plans.append(with_sets(made, sets))
        return merged(Join(self, made, None, {}), sets), sets.conditions

    def table(self, source: Source, *, exact: bool) -> exp.Expr:
        """A table, read with FINAL where that is needed for exactness."""
        self.opaque |= source.rows == "opaque"
        table = exp.to_table(source.table)
        needed = source.rows == "versioned" or (source.rows == "immutable" and exact)
        return exp.Final(this=table) if needed else table

    def node_rows(self, node: NodeType, columns: Iterable[str]) -> tuple[exp.Expr, list[exp.Expr]]:
        """A label's table and the conditions that belong to it."""
        source = node.source(frozenset(columns))
        return self.table(source, exact=True), own_conditions(source)

    def attributes(
        self,
        node: NodeType,
        keys: Iterable[str],
        key_name: str,
        names: Mapping[str, str],
        beside: Iterable[str] = (),
        *,
        there: bool = False,
    ) -> exp.Select:
        """SELECT key, properties FROM a label's table that has those `beside` as well; codes are null where there is
        none, or with `there` rows without are left out.
        """
        keys = list(keys)
        table, conditions = self.node_rows(node, [node.columns[plain(key)] for key in (*keys, *beside)])
        selected = [exp.column(node.key).as_(key_name)]
        selected += [_property(node, key, there=there).as_(names[key]) for key in keys]
        conditions += [has_code(*found) for key in keys if there and (found := _coded_by(node, key)) is not None]
        return exp.select(*selected).from_(table).where(*conditions)

    def sums(self, way: Sum, key_name: str, name: str) -> exp.Select:
        """SELECT key, sum of each key's rows."""
        outputs = exp.column(way.key).as_(key_name), function("sum", way.column).as_(name)
        select = exp.select(*outputs).from_(self.table(way.source, exact=True)).where(*own_conditions(way.source))
        return select.group_by(exp.column(way.key))

    def among(self, node: str, kind: NodeType, conditions: Iterable[Expression], key: exp.Expr) -> exp.Expr:
        """Whether a key is that of a node with such properties."""
        pattern = Pattern({node: kind}, filters=tuple(conditions))
        return self.semi_join(Within((node,), pattern), {node: key})


def _property(node: NodeType, key: str, *, there: bool) -> exp.Expr:
    """A property, or its code; null where there is none and that may be."""
    found = _coded_by(node, key)
    if found is None:
        return exp.column(node.columns[plain(key)])
    return coded(*found) if there else function("nullIf", coded(*found), exp.Literal.number(0))


def _coded_by(node: NodeType, key: str) -> tuple[Source, str] | None:
    """Where the values are of which a property's code is the place, and their column."""
    source = property_source(node, plain(key)) if is_code(key) else None
    return None if source is None else (source, node.columns[plain(key)])


def _edge_columns(pattern: Pattern, asked: Iterable[Slot]) -> dict[str, frozenset[str]]:
    """The columns that are read of each edge."""
    found: dict[str, set[str]] = {}
    slots = list(asked)
    parts = [part for condition in pattern.filters for part in walk(condition)]
    slots += [(part.variable, part.key) for part in parts if isinstance(part, Property)]
    slots += [(part.variable, part.name) for part in parts if isinstance(part, Facet)]
    slots += [(part.name, None) for part in parts if isinstance(part, Variable)]
    for name, key in slots:
        for edge in filter(None, map(pattern.edge, pattern.parts(name))):
            whole = key == "@packed" or name in pattern.lists or name in pattern.paths
            found.setdefault(edge.name, set()).update(_columns(edge, None if whole else key, whole=whole))
    return {name: frozenset(columns) for name, columns in found.items()}


def _columns(edge: Edge, key: str | None, *, whole: bool) -> set[str]:
    if whole:
        return {edge.type.key, *edge.type.columns.values()}
    if key is None:
        return {edge.type.key}
    return {edge.type.columns[key]} if key in edge.type.columns else set()
