"""Runs every read-only scenario that expects a result, and tells those passed, refused and wrong apart."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from rich.console import Console

from ops.artifacts.install import file_of, install
from ops.artifacts.manifest import Coordinate, Entry
from queries.graph.compiler import Compiler
from queries.graph.parser.tokens import tokens
from schemas.errors import C360Error
from schemas.settings import settings
from tests.bench.tck.expected import same_rows, shown, written
from tests.bench.tck.features import Scenario, Step, scenarios
from tests.bench.tck.graphs import Builder, Graph, UnreadableError
from tests.bench.tck.tables import UnsuitableError, tables
from tests.integration.queries.engine import ChildDatabase, child_database

JAR = Entry(
    "7edc3f7b1fb612feac47285157d67345a2dfaa2791ad83b6ba1699c7f4635a21",
    378728,
    Coordinate("org.opencypher", "tck", "jar", "", "1.0.0-M23"),
)
WRITES = {"CREATE", "MERGE", "SET", "DELETE", "REMOVE", "DETACH", "FOREACH"}
NAMED = re.compile(r"^the (\S+) graph$")
Outcome = Literal["passed", "refused", "wrong"]


class Case:
    """One scenario, or one example of it, taken apart."""

    def __init__(self, steps: list[Step], graphs: dict[str, str]) -> None:
        self.query, self.expected, self.ordered, self.bags = "", None, False, False
        self.setup: list[str] = []
        self.parameters: dict[str, Any] = {}
        self.other = False
        for step in steps:
            self._take(step, graphs)

    expected: tuple[tuple[str, ...], ...] | None

    def _take(self, step: Step, graphs: dict[str, str]) -> None:
        text = step.text
        if named := NAMED.match(text):
            self.setup.append(graphs[named[1]])
        elif text.startswith("having executed"):
            self.setup.append(step.doc)
        elif text.startswith("parameters are"):
            self.parameters = {name: written(value) for name, value in step.table}
        elif text.startswith("executing query"):
            self.query = step.doc
        elif text.startswith("the result should be"):
            self.expected = step.table
            self.ordered, self.bags = "in order" in text, "ignoring element order" in text
        elif not text.startswith(("an empty graph", "any graph", "no side effects")):
            self.other = True

    def is_read_only(self) -> bool:
        """Whether it only reads, and expects an answer."""
        try:
            words = {token.word() for token in tokens(self.query)}
        except C360Error:
            return False
        return bool(self.query) and self.expected is not None and not self.other and not words & WRITES


def run(show: str = "") -> dict[str, Any]:
    """Counts of scenarios; those whose outcome is `show` are printed with the reason."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    files = _files()
    graphs = {PurePosixPath(name).stem: text for name, text in files.items() if name.endswith(".cypher")}
    with child_database() as database:
        for scenario in _scenarios(files):
            cases = [Case(steps, graphs) for steps in scenario.cases()]
            if not all(case.is_read_only() for case in cases):
                continue
            outcome, reason = _outcome(database, cases)
            counts[outcome] += 1
            if outcome == "refused":
                reasons[re.sub(r"\(line.*|'[^']*'", "", reason)[:60]] += 1
            if outcome == show:
                Console(stderr=True).print(f"{scenario.name}: {reason}", markup=False, highlight=False, soft_wrap=True)
    figures: dict[str, Any] = {name: counts[name] for name in ("passed", "refused", "wrong")}
    return {**figures, "why_refused": dict(reasons.most_common(12))}


def _files() -> dict[str, str]:
    here = settings()
    install(here.cache, (JAR,), here.maven_repository, Console(stderr=True), "the openCypher TCK")
    path: Path = file_of(here.cache, JAR.coordinate)
    with zipfile.ZipFile(path) as jar:
        wanted = [name for name in jar.namelist() if name.endswith((".feature", ".cypher"))]
        return {name: jar.read(name).decode("utf-8") for name in sorted(wanted)}


def _scenarios(files: dict[str, str]) -> Iterator[Scenario]:
    for name, text in files.items():
        if name.endswith(".feature"):
            yield from scenarios(PurePosixPath(name).stem, text)


def _outcome(database: ChildDatabase, cases: list[Case]) -> tuple[Outcome, str]:
    """Wrong if one case is, else refused if one is."""
    found = [_answered(database, case) for case in cases]
    return next(
        (one for one in found if one[0] == "wrong"), next((one for one in found if one[0] == "refused"), found[0])
    )


def _answered(database: ChildDatabase, case: Case) -> tuple[Outcome, str]:
    graph = Graph()
    try:
        for statement in case.setup:
            Builder(graph).execute(statement)
        made = tables(graph)
    except (UnreadableError, UnsuitableError) as error:
        return "refused", f"set-up: {error}"
    try:
        compiled = Compiler(made.view).compile(case.query, case.parameters)
    except C360Error as error:
        return "refused", str(error)
    try:
        for statement in made.statements:
            database.execute(statement)
        found = database.query(compiled.sql, compiled.parameters, compiled.settings)
        rows = [[shown(value) for value in row] for row in compiled.rows(found.rows)]
    except C360Error as error:
        return "wrong", f"{case.query}\n{error}"
    finally:
        for name in made.names:
            database.execute(f"DROP TABLE IF EXISTS {name}")
    return _compared(case, compiled.columns, rows)


def _compared(case: Case, columns: tuple[str, ...], rows: list[list[Any]]) -> tuple[Outcome, str]:
    header, *cells = case.expected or ((),)
    if not header:
        return ("passed", "") if not rows else ("wrong", f"{case.query}\nrows: {rows}")
    if sorted(columns) != sorted(header):
        return "wrong", f"{case.query}\ncolumns: {columns}, not {header}"
    places = [columns.index(name) for name in header]
    got = [[row[place] for place in places] for row in rows]
    wanted = [[written(cell) for cell in row] for row in cells]
    if same_rows(got, wanted, ordered=case.ordered, bags=case.bags):
        return "passed", ""
    return "wrong", f"{case.query}\ngot {got}\nnot {wanted}"
