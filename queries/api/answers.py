"""Reports and graph questions as JSON, kept for as long as no row has changed."""

import logging
from collections import OrderedDict
from collections.abc import Mapping

from pydantic_core import to_json

from queries.api import metrics
from queries.api.clickhouse import ClickHouse
from queries.api.runners import Runners
from queries.catalogue import Query
from queries.render import json_rows
from queries.runner import Result, Runner
from schemas.errors import QueryError
from schemas.settings import Settings

log = logging.getLogger("queries.api")

#: Bytes of all answers that are kept.
KEPT_BYTES = 32 << 20
_Key = tuple[str, str, tuple[tuple[str, str], ...]]


class Kept:
    """Answers by question, all for one version of the rows; the longest unused go first.

    With another version all go: none can be right any more, and who was erased must not linger in one.
    """

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._version = ""
        self._answers: OrderedDict[_Key, bytes] = OrderedDict()

    def get(self, key: _Key, version: str) -> bytes | None:
        """The answer for that version; None where there is none."""
        self._turn_to(version)
        if key in self._answers:
            self._answers.move_to_end(key)
        return self._answers.get(key)

    def put(self, key: _Key, version: str, body: bytes) -> None:
        """Keeps an answer."""
        self._turn_to(version)
        self._size += len(body) - len(self._answers.pop(key, b""))
        self._answers[key] = body
        while self._size > self._most:
            _, dropped = self._answers.popitem(last=False)
            self._size -= len(dropped)

    def _turn_to(self, version: str) -> None:
        if version != self._version:
            self._answers.clear()
            self._version, self._size = version, 0


class Answers:
    """Asks what is not kept."""

    def __init__(self, settings: Settings, clickhouse: ClickHouse, runners: Runners, kept: Kept | None = None) -> None:
        self._clickhouse, self._runners = clickhouse, runners
        self._kept = kept or Kept()
        # The parts of a cluster's other servers are not seen.
        self._versioned = not settings.clickhouse_cluster

    async def rows(self, query: Query, given: Mapping[str, object]) -> bytes:
        """The answer as JSON (models.Rows); `given` are Python values, parameters left out take their defaults.

        Raises:
            UsageError: a value that is none of its type.
            AbsentError: the node that a graph question starts from is not there.
            C360Error: the database does not answer, refuses, takes too long or has no place.
        """
        key = query.language, query.name, tuple(sorted((name, repr(value)) for name, value in given.items()))
        version = await self._version()
        kept = self._kept.get(key, version) if version else None
        if kept is not None:
            metrics.cached().labels("kept").inc()
            return kept
        result, complete = await self._runners.run(lambda runner: _asked(runner, query, given))
        body = _body(query, result, complete)
        # Between the two looks nothing has changed: it is the answer for that version, and not for one in between.
        stands = version is not None and await self._version() == version
        metrics.cached().labels("asked" if stands else "moving").inc()
        if version and stands:
            self._kept.put(key, version, body)
        return body

    async def _version(self) -> str | None:
        """A word that changes with every insertion, merge and deletion in any table; None where there is none."""
        if not self._versioned:
            return None
        try:
            (row,) = (await self._clickhouse.look("version")).rows
        except QueryError as error:
            self._versioned = False
            log.warning("answers are not kept, since the parts of tables cannot be looked at: %s", error)
            return None
        return str(row[0])


def _asked(runner: Runner, query: Query, given: Mapping[str, object]) -> tuple[Result, bool]:
    if query.language == "cypher":
        return runner.cypher(query.name, given), True
    result = runner.sql(query.name, given)
    return result, result.source != "rollups" or not runner.behind()


def _body(query: Query, result: Result, complete: bool) -> bytes:
    answer = {
        "name": query.name,
        "columns": list(result.columns),
        "rows": json_rows(result),
        "source": result.source or None,
        "complete": complete,
    }
    return to_json(answer)
