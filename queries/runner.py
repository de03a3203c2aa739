"""Asks written or given queries and answers with columns, rows and the time it took."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING

from queries import metrics, values
from queries.catalogue import ADHOC, Language, Parameter, Query, default_source, find, log_comment
from queries.database import EXACT, Database, HttpDatabase, Table
from schemas.errors import AbsentError, C360Error, UsageError
from schemas.settings import Settings

if TYPE_CHECKING:
    from queries.graph.compiler import Anchor, Compiled, Compiler

#: Rows that answer "which is the default" need no merge: the newest and the most frequent are the same with repeats.
INEXACT = {**EXACT, "final": 0}
UNLIMITED: Mapping[str, int | str] = {}
#: Characters of a line of ClickHouse's plan that are shown.
LONGEST_LINE = 500
HEX = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True)
class Result(Table):
    """An answer with the milliseconds from asking to having it.

    `source` says what a report was answered from: "rollups", or the "rows" themselves.
    """

    elapsed_ms: float
    source: str = ""


class Runner:
    """Runs SQL reports and Cypher queries as the reading user. Not for several threads at once."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self._database = database if database is not None else HttpDatabase(settings)
        self._made_compiler: Compiler | None = None
        #: Statements of the catalogue with whether their starts are there, by those without.
        self._with_starts: dict[str, str] = {}
        self._has_rollups = not settings.clickhouse_cluster

    def sql(self, name: str, params: Mapping[str, object] | None = None) -> Result:
        """Runs the SQL report of a number or name; parameters not given take their defaults.

        The rollups answer, unless a time or another value is asked for that they do not know about. A cluster has none.

        Raises:
            UsageError: no such report or parameter, or a value of the wrong type.
            QueryError: ClickHouse refuses it.
            UnreachableError: ClickHouse does not answer.
        """
        with _counted("sql") as done:
            query = find("sql", name)
            given = {name: values.text(value) for name, value in self._resolved(query, params or {}).items()}
            source, text = self._source(query, params or {}, given)
            settings = EXACT | log_comment("sql", query.name)
            result = done(query.name, lambda: _headed(query, self._database.query(text, given, settings)))
            return replace(result, source=source)

    def behind(self) -> str:
        """Which rollup is furthest behind the rows, in words; empty when all have caught up."""
        if not self._has_rollups:
            return ""
        statement = (resources.files("queries") / "status" / "oldest_rollup.sql").read_text(encoding="utf-8")
        rows = self._database.query(statement, {}, EXACT).rows
        return f"{rows[0][0]} by {rows[0][1]:.0f} s" if rows else ""

    def sql_text(
        self, text: str, params: Mapping[str, object] | None = None, limits: Mapping[str, int | str] = UNLIMITED
    ) -> Result:
        """Runs any SQL; parameters stand in it as {name:Type} and are given as text or Python values.

        `limits` are settings of ClickHouse beside those that every answer relies on; what the text sets goes before.
        """
        with _counted("sql") as done:
            given = {name: values.text(value) for name, value in (params or {}).items()}
            settings = {**limits, **EXACT, **log_comment("sql", ADHOC)}
            return done(ADHOC, lambda: self._database.query(text, given, settings))

    def cypher(self, name_or_text: str, params: Mapping[str, object] | None = None) -> Result:
        """Runs a Cypher query of the catalogue (number or name), or a text where it is neither a number nor a word.

        Raises:
            UsageError: no such query or parameter, or a value of the wrong type.
            QueryError: the text is broken, not supported or would write.
            AbsentError: the node it starts from is not there, or there is no data to choose a parameter from.
            UnreachableError: ClickHouse does not answer.
        """
        if _is_text(name_or_text):
            return self.cypher_text(name_or_text, params)
        with _counted("cypher") as done:
            query = find("cypher", name_or_text)
            given = self._resolved(query, params or {})
            compiled = self.compile(query.text, given)
            return done(query.name, lambda: self._from_start(compiled, given, query.name))

    def cypher_text(
        self, text: str, params: Mapping[str, object] | None = None, limits: Mapping[str, int | str] = UNLIMITED
    ) -> Result:
        """Runs any read-only Cypher; parameters are Python values, `limits` settings of ClickHouse."""
        with _counted("cypher") as done:
            compiled = self.compile(text, params or {})
            for name in params or {}:
                if name not in compiled.names:
                    there = ", ".join(compiled.names) or "none"
                    raise UsageError(f"The query has no parameter '{name}'. It has: {there}.")
            return done(ADHOC, lambda: self._answer(compiled, limits=limits))

    def _source(self, query: Query, asked: Mapping[str, object], given: Mapping[str, str]) -> tuple[str, str]:
        """What answers a report, and the statement for it."""
        known = "as_of" not in asked and all(given[name] == value for name, value in query.rollup_when)
        return ("rollups", query.text) if known and self._has_rollups else ("rows", query.plain)

    def explain(
        self, language: Language, wanted: str, params: Mapping[str, object] | None = None, *, text: bool = False
    ) -> str:
        """How a query would be answered: for Cypher its plan and SQL, for both the indexes ClickHouse uses.

        `wanted` is a number or a name, or the query itself where `text` says so.
        """
        query = None if text else find(language, wanted)
        given = self._resolved(query, params or {}) if query is not None else dict(params or {})
        head, sql = "", query.text if query is not None else wanted
        bound = {name: values.text(value) for name, value in given.items()}
        settings: Mapping[str, int | str] = EXACT
        if language == "cypher":
            compiled = self.compile(sql, given)
            head = f"{compiled.plan}\n\n{compiled.pretty()}\n\n"
            sql, bound, settings = compiled.core, compiled.parameters, compiled.settings
        elif query is not None:
            source, sql = self._source(query, params or {}, bound)
            head = f"Answered from the {source}.\n\n"
        lines = self._database.query(f"EXPLAIN indexes = 1 {sql}", bound, settings).rows
        return head + "\n".join(_plan_line(str(line)) for (line,) in lines)

    def compile(self, text: str, params: Mapping[str, object]) -> "Compiled":
        """The SQL of a Cypher text."""
        if self._made_compiler is None:
            from queries.graph.compiler import Compiler
            from queries.graph.view import load_view

            self._made_compiler = Compiler(load_view())
        start = time.perf_counter()
        compiled = self._made_compiler.compile(text, params)
        metrics.compile_time().observe(time.perf_counter() - start)
        return compiled

    def default(self, parameter: Parameter) -> object:
        """The value a declared parameter takes when none is given; found in the data where its header says so."""
        if not parameter.source:
            return parameter.default
        table = self._database.query(default_source(parameter.source), {}, INEXACT)
        if not table.rows or table.rows[0][0] is None:
            raise AbsentError(
                f"There is no data to choose '{parameter.name}' from. "
                f"Stream some events first, or give it with --param {parameter.name}=..."
            )
        return table.rows[0][0]

    def _answer(self, compiled: "Compiled", name: str = ADHOC, limits: Mapping[str, int | str] = UNLIMITED) -> Table:
        settings = {**limits, **compiled.settings, **log_comment("cypher", name)}
        table = self._database.query(compiled.sql, compiled.parameters, settings)
        return Table(compiled.columns, list(compiled.rows(table.rows)), read_rows=table.read_rows)

    def _resolved(self, query: Query, params: Mapping[str, object]) -> dict[str, object]:
        for name in params:
            query.parameter(name)
        resolved = {}
        for parameter in query.parameters:
            written = params[parameter.name] if parameter.name in params else self.default(parameter)
            type_name = values.CYPHER_TYPES[parameter.type] if query.language == "cypher" else parameter.type
            resolved[parameter.name] = values.read(parameter.name, type_name, written)
        return resolved

    def _from_start(self, compiled: "Compiled", given: Mapping[str, object], name: str) -> Table:
        """The answer of a query whose starts are there: purchases of who is erased stay, and would answer for them.

        Whether they are is asked in the same statement; in another one only where no row can say it.
        """
        starts = [self.compile(_counting(anchor), given) for anchor in compiled.anchors]
        if compiled.sql not in self._with_starts:
            self._with_starts[compiled.sql] = _with_counts(compiled, starts)
        bound = compiled.parameters | {key: value for start in starts for key, value in start.parameters.items()}
        settings = {**compiled.settings, **log_comment("cypher", name)}
        table = self._database.query(self._with_starts[compiled.sql], bound, settings)
        width = len(compiled.columns)
        counts = table.rows[0][width:] if table.rows else [self._answer(start).rows[0][0] for start in starts]
        for anchor, count in zip(compiled.anchors, counts, strict=True):
            if not count:
                raise AbsentError(
                    f"There is no {anchor.label} with {anchor.key} {given[anchor.parameter]!r}. "
                    f"Choose another with --param {anchor.parameter}=..."
                )
        rows = compiled.rows(row[:width] for row in table.rows)
        return Table(compiled.columns, list(rows), read_rows=table.read_rows)


def _counting(anchor: "Anchor") -> str:
    return f"MATCH (n:{anchor.label} {{{anchor.key}: ${anchor.parameter}}}) RETURN count(*)"


def _with_counts(compiled: "Compiled", starts: Sequence["Compiled"]) -> str:
    """The statement with a column more for each start: how many there are, which is none or one."""
    from sqlglot import exp

    counts = [
        exp.alias_(exp.Subquery(this=start.tree.copy()), f"start_{number}") for number, start in enumerate(starts)
    ]
    statement = compiled.tree.copy()
    assert isinstance(statement, exp.Select)
    return statement.select(*counts, copy=False).sql("clickhouse", copy=False)


def _headed(query: Query, table: Table) -> Table:
    """The table with its columns, which an answer without rows does not name."""
    return table if table.columns else Table(tuple(query.columns), table.rows, read_rows=table.read_rows)


def _is_text(name_or_text: str) -> bool:
    return not name_or_text.replace("_", "").replace("-", "").isalnum()


@contextmanager
def _counted(language: Language) -> Iterator[Callable[[str, Callable[[], Table]], Result]]:
    def done(name: str, ask: Callable[[], Table]) -> Result:
        start = time.perf_counter()
        table = ask()
        elapsed = time.perf_counter() - start
        metrics.latency().labels(language, name).observe(elapsed)
        metrics.rows().labels(language, name).inc(len(table.rows))
        return Result(table.columns, table.rows, round(1000 * elapsed, 3), read_rows=table.read_rows)

    try:
        yield done
    except C360Error as error:
        metrics.errors().labels(language, type(error).__name__).inc()
        raise


def _plan_line(line: str) -> str:
    """What was computed on the way stands in the plan as a constant: a set of customers is binary, and screens long."""
    if len(line) > LONGEST_LINE and HEX.fullmatch(line):  # as clickhouse-connect gives what is no UTF-8
        line = bytes.fromhex(line).decode("utf-8", "replace")
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."
