"""Puts a query to both, our compiler over the embedded engine and Neo4j, and says how the answers compare."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import neo4j

from queries.graph.compiler import Compiler
from queries.graph.reader import read
from queries.graph.view import load_view
from schemas.errors import C360Error
from tests.integration.queries import world as worlds
from tests.integration.queries.engine import ChildDatabase, child_database
from tests.oracle.cypher.comparison import Row, form_of, same_answer
from tests.oracle.cypher.values import of_ours, of_theirs, parameter
from tests.oracle.cypher.worlds import Ids, load
from tests.support.neo4j.server import RunningNeo4j, start_neo4j

PARAMETER = re.compile(r"\$(\w+)")
Outcome = Literal["same", "errors", "refused", "different"]
Values = Mapping[str, Any]


class Failed(str):
    """In place of rows: what an engine said of a query that it began and could not finish."""

    __slots__ = ()


@dataclass(frozen=True)
class Verdict:
    """On one query: `errors` is when neither can answer, `refused` when our compiler declined to."""

    outcome: Outcome
    rows: int
    ours: Any = None
    theirs: Any = None


class Both:
    """Two engines that hold the same world."""

    def __init__(self, database: ChildDatabase, driver: neo4j.Driver) -> None:
        self._database, self._driver = database, driver
        self._compilers = (Compiler(load_view()), Compiler(load_view(access=False)))
        self._ids: Ids = {}

    def load(self, world: worlds.World, seed: int = 0) -> None:
        """Replaces what both hold."""
        worlds.load(self._database, world, seed)
        self._ids = load(self._driver, world)

    def verdicts(self, questions: Sequence[tuple[str, Values, bool]]) -> Iterator[Verdict]:
        """On each query, its parameters and whether its lists are in order; every third without access paths."""
        with ThreadPoolExecutor(1) as pool, self._driver.session() as session:
            asked = [pool.submit(self._theirs, session, text, values) for text, values, _ in questions]
            for place, ((text, values, exact), theirs) in enumerate(zip(questions, asked, strict=True)):
                yield self._verdict(text, values, theirs, exact=exact, bare=place % 3 == 2)

    def verdict(self, text: str, values: Values, *, exact: bool = False) -> Verdict:
        """On one query, with and without access paths: the worse of the two."""
        with ThreadPoolExecutor(1) as pool, self._driver.session() as session:
            theirs = pool.submit(self._theirs, session, text, values)
            found = [self._verdict(text, values, theirs, exact=exact, bare=bare) for bare in (False, True)]
        return next((one for one in found if one.outcome == "different"), found[0])

    def _verdict(
        self, text: str, values: Values, asked: "Future[list[Row] | Failed]", *, exact: bool, bare: bool
    ) -> Verdict:
        try:
            made = self._compilers[bare].compile(text, values)
        except C360Error as error:
            failed = isinstance(asked.result(), Failed)
            return Verdict("errors" if failed else "refused", 0, str(error), asked.result())
        ours = self._ours(made)
        theirs = asked.result()
        if isinstance(ours, Failed) or isinstance(theirs, Failed):
            both = isinstance(ours, Failed) and isinstance(theirs, Failed)
            return Verdict("errors" if both else "different", 0, ours, theirs)
        form = form_of(text, read(text), exact=exact)
        whole = self._whole(form.whole, values)
        if same_answer(ours, theirs, whole, form):
            return Verdict("same", len(theirs))
        return Verdict("different", len(theirs), ours, theirs)

    def _ours(self, made: Any) -> list[Row] | Failed:
        try:
            found = made.rows(self._database.query(made.sql, made.parameters, made.settings).rows)
            return [[of_ours(value) for value in row] for row in found]
        except C360Error as error:
            return Failed(f"{error} {made.sql}")

    def _theirs(self, session: neo4j.Session, text: str, values: Values) -> list[Row] | Failed:
        try:
            result = session.run(text, {name: parameter(value) for name, value in values.items()})
            return [[of_theirs(value, self._ids) for value in record.values()] for record in result]
        except neo4j.exceptions.Neo4jError as error:
            return Failed(str(error))

    def _whole(self, text: str | None, values: Values) -> list[Row] | None:
        if text is None:
            return None
        with self._driver.session() as session:
            # What the page alone said is not asked for.
            found = self._theirs(session, text, {name: values[name] for name in PARAMETER.findall(text)})
        assert not isinstance(found, Failed), found
        return found


@contextmanager
def both(home: Path) -> Iterator[Both]:
    """Our engine and a Neo4j with its state in `home`, for the time of the block."""
    with start_neo4j(home) as running, child_database() as database, opened(running) as driver:
        yield Both(database, driver)


@contextmanager
def opened(running: RunningNeo4j) -> Iterator[neo4j.Driver]:
    """A driver for the time of the block."""
    with running.driver() as driver:
        yield driver
