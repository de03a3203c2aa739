"""The dead letters that ClickHouse keeps: chosen by filters, read whole."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.errors import QueryError, UsageError, first_line

#: Letters read at once, and bytes of them: one may be as large as Kafka allows.
MOST_AT_ONCE = 1_000
MOST_BYTES = 32 << 20
_LAST = (1 << 63) - 1
#: No offset has more digits.
NUMBER = re.compile("[0-9]{1,19}")


class Identity(NamedTuple):
    """The place that a record had in Kafka."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return "/".join(map(str, self))

    @classmethod
    def of(cls, text: str) -> "Identity":
        """What TOPIC/PARTITION/OFFSET names.

        Raises:
            UsageError: it names none.
        """
        topic, _, place = text.partition("/")
        partition, _, offset = place.partition("/")
        if not (topic and NUMBER.fullmatch(partition) and NUMBER.fullmatch(offset)):
            raise UsageError(f"{text!r} is not TOPIC/PARTITION/OFFSET, for instance c360.transactions/0/4711.")
        return cls(topic, int(partition), int(offset))


@dataclass(frozen=True)
class Filter:
    """Which letters; the defaults let all through. Times are ms, of the refusal; `where` is SQL on the view letters."""

    topic: str = ""
    partition: int = -1
    first: int = 0
    last: int = _LAST
    since: int = 0
    until: int = _LAST
    reason: str = ""
    reader: str = ""
    where: str = "1"

    @property
    def parameters(self) -> dict[str, Any]:
        """What the conditions ask for; never a part of the SQL."""
        return {name: value for name, value in vars(self).items() if name != "where"}


@dataclass(frozen=True)
class Letter:
    """A record that a reader could not use."""

    identity: Identity
    timestamp: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True)
class Chosen:
    """A letter that a filter lets through, and what is noted of its replay ('', 'begun' or 'sent')."""

    identity: Identity
    bytes: int
    replay: str
    search_from: int
    sent_offset: int


class Letters:
    """Asks as the user that may only read."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def counts(self, chosen: Filter) -> list[dict[str, Any]]:
        """Letters, and replayed ones, by topic, reader and reason."""
        return self._rows("counts", chosen)

    def newest(self, chosen: Filter, limit: int) -> list[dict[str, Any]]:
        """The newest of them."""
        return self._rows("newest", chosen, limit=limit)

    def chosen(self, chosen: Filter) -> list[Chosen]:
        """All of them, in the order of their topics."""
        return [
            Chosen(Identity(row["topic"], row["partition"], row["offset"]), *(row[name] for name in _NOTED))
            for row in self._rows("chosen", chosen)
        ]

    def whole(self, wanted: Sequence[Chosen]) -> Iterator[list[Letter]]:
        """The records, some at a time."""
        for some in _portions(wanted):
            yield self._whole([one.identity for one in some])

    def one(self, identity: Identity) -> tuple[Letter, dict[str, Any]] | None:
        """A letter and what is known of it; None where there is none."""
        rows = self._asked(sql("one"), identity._asdict())
        letters = self._whole([identity])
        return (letters[0], rows[0]) if rows and letters else None

    def _whole(self, identities: Sequence[Identity]) -> list[Letter]:
        rows = self._asked(sql("whole"), {"identities": [tuple(one) for one in identities]})
        return [
            Letter(
                Identity(row["topic"], row["partition"], row["offset"]),
                row["record_ts"],
                row["key"] or None,  # the engine says nothing of a key that is none, which is no key of ours
                row["value"],
            )
            for row in rows
        ]

    def _rows(self, name: str, chosen: Filter, **more: Any) -> list[dict[str, Any]]:
        condition = Template(sql("filter")).substitute(where=chosen.where)
        text = Template(sql(name)).substitute(filter=condition)
        return self._asked(text, {**chosen.parameters, **more})

    def _asked(self, text: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        formats: dict[str, str | dict[str, str]] = {"key": "bytes", "value": "bytes"}
        with refusals():
            return list(self._client.query(text, parameters=parameters, column_formats=formats).named_results())


_NOTED = ("bytes", "replay", "search_from", "sent_offset")


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What ClickHouse refuses, in one line."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise UsageError(f"{error.object[error.start : error.end]!r} is no text: UTF-8 is expected.") from None
    except ClickHouseError as error:
        raise QueryError(f"ClickHouse says: {first_line(error)}") from None


def _portions(wanted: Sequence[Chosen]) -> Iterator[list[Chosen]]:
    some: list[Chosen] = []
    size = 0
    for one in wanted:
        if some and (len(some) >= MOST_AT_ONCE or size + one.bytes > MOST_BYTES):
            yield some
            some, size = [], 0
        some.append(one)
        size += one.bytes
    if some:
        yield some


def sql(name: str) -> str:
    """The statement in ops/letters/sql/{name}.sql."""
    return (resources.files("ops.letters") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
