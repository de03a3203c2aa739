"""How long events are kept is said of time and of size: neither alone means for ever."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ops.doctor import contract
from ops.doctor.finding import Finding
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS

DAY_MS = 86_400_000
SINCE = datetime(2020, 2, 3, tzinfo=UTC)


def found(monkeypatch: pytest.MonkeyPatch, milliseconds: int, size: int) -> list[Finding]:
    """What is said where transactions are kept so, and interactions for ever."""
    here = Settings()
    limits = {TRANSACTIONS: (milliseconds, size), INTERACTIONS: (-1, -1)}
    states = [
        SimpleNamespace(name=topic.name(here), config={"retention.ms": str(age), "retention.bytes": str(most)})
        for topic, (age, most) in limits.items()
    ]
    parts = {name: SimpleNamespace(state="running") for name in ("kafka", "clickhouse")}
    monkeypatch.setattr(contract, "part_statuses", lambda *_: parts)
    monkeypatch.setattr(contract, "states", lambda _: states)
    monkeypatch.setattr(contract, "_oldest", lambda *_: {"transactions": SINCE})
    return list(contract.retention(here))


def test_for_ever_is_said_of_neither_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, -1, -1) == [Finding("retention", "events are kept for ever")]


def test_a_limit_of_size_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    [one] = found(monkeypatch, -1, 1_000_000)
    assert one == Finding("retention", "transactions are kept up to 1,000,000 bytes a partition, however old")
    [one] = found(monkeypatch, 100 * DAY_MS, 1_000_000)
    assert one.detail.startswith("transactions are kept for 100.0 days, and up to 1,000,000 bytes a partition, tables")
    assert one.detail.endswith(
        "since 2020-02-03: only a backup has all of both, and features that are computed anew count what is kept"
    )
    assert one.well


def test_less_than_the_window_of_the_features(monkeypatch: pytest.MonkeyPatch) -> None:
    [one] = found(monkeypatch, 30 * DAY_MS, -1)
    assert one.detail.startswith("transactions are kept for 30.0 days, tables")
    assert "Features look back 90 days" in one.remedy
