"""What a stack is doing: its parts, their lag, the rows stored and how fresh they are. What doesn't answer is None."""

from collections.abc import Collection
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from ops.stack import supervisor
from ops.stack.home import Home
from ops.stack.parts import PARTS, Part
from schemas.errors import C360Error
from schemas.settings import Settings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


@dataclass(frozen=True)
class PartStatus:
    """`state` is running, starting (which includes waiting for its needs), down or external."""

    state: str
    pid: int | None


@dataclass(frozen=True)
class Status:
    """One look. `lag` in records by consumer group, `rows` exact by table, freshness of live events in seconds."""

    parts: dict[str, PartStatus]
    lag: dict[str, int] | None = None
    rows: dict[str, int] | None = None
    freshness_seconds: float | None = None

    @property
    def up(self) -> bool:
        """Whether every part answers."""
        return all(part.state in {"running", "external"} for part in self.parts.values())

    def as_json(self) -> dict[str, Any]:
        """The object that `c360 status --json` prints."""
        parts = {name: {"state": part.state, "pid": part.pid} for name, part in self.parts.items()}
        return {"parts": parts, "lag": self.lag, "rows": self.rows, "freshness_seconds": self.freshness_seconds}


def status(settings: Settings) -> Status:
    """Looks at every part; never fails because something is down."""
    parts = part_statuses(settings)
    usable = {name for name, part in parts.items() if part.state in {"running", "external"}}
    lag = _lag(settings) if "kafka" in usable else None
    rows, freshness = _tables(settings) if "clickhouse" in usable else (None, None)
    return Status(parts, lag, rows, freshness)


def part_statuses(settings: Settings, names: Collection[str] | None = None) -> dict[str, PartStatus]:
    """The state of every part, or of those that are named, without asking what it holds."""
    kept = supervisor.kept(Home(settings.home)) or {}
    looked_at = [part for part in PARTS if part.applies(settings) and (names is None or part.name in names)]
    return {part.name: _part(settings, part, kept.get(part.name)) for part in looked_at}


def _part(settings: Settings, part: Part, kept: supervisor.Kept | None) -> PartStatus:
    if not part.embedded(settings):
        return PartStatus("external", None)
    if kept is None or kept.pid is None:
        return PartStatus("down", None)
    return PartStatus("running" if part.probe(settings).answers() else "starting", kept.pid)


def _lag(settings: Settings) -> dict[str, int] | None:
    from schemas.lag import lag

    try:
        by_topic = lag(settings)
    except C360Error:
        return None
    groups: dict[str, int] = {}
    for (group, _), records in by_topic.items():
        groups[group] = groups.get(group, 0) + records
    return groups


def _tables(settings: Settings) -> tuple[dict[str, int] | None, float | None]:
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from schemas.clients import reader_client

    try:
        client = reader_client(settings)
        try:
            return _rows(client), _freshness(client)
        finally:
            client.close()
    except (C360Error, ClickHouseError, OSError):
        return None, None


def _rows(client: "Client") -> dict[str, int]:
    names = [name for (name,) in client.query(_sql("ops.stack", "countable.sql")).result_rows]
    return {name: int(client.query(f"SELECT count() FROM `{name}`").result_rows[0][0]) for name in names}


def _freshness(client: "Client") -> float | None:
    """Of the least fresh stream."""
    ages = [age for _, age in client.query(_sql("sinks", "freshness.sql")).result_rows]
    return round(max(ages), 3) if ages else None


def _sql(package: str, name: str) -> str:
    return (resources.files(package) / "sql" / name).read_text(encoding="utf-8")
