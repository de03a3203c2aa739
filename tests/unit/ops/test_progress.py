"""What is not stored yet, when the log of blocks remembers, when it has forgotten, and when it has nothing to say."""

from types import SimpleNamespace
from typing import Any

import pytest

from ops import progress
from schemas.settings import Settings


def test_what_the_log_has_forgotten_is_asked_of_the_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of the log live for a week: a topic that nobody wrote to since must not look as if nothing were stored.

    A record without a value, which compaction needs behind a deletion, is in no block: only the group knows it is past.
    """
    rows = [("c360.transactions", 0, 9), ("c360.customers", 0, 48)]
    client = SimpleNamespace(query=lambda _: SimpleNamespace(result_rows=rows))
    ends = {
        ("c360.transactions", 0): 12,
        ("c360.customers", 0): 50,
        ("c360.products", 0): 50,
        ("c360.products", 1): 60,
        ("c360.churn-alerts", 0): 0,
    }
    asked: list[tuple[str, str, int]] = []

    def committed(_: Settings, group: str, partitions: list[Any]) -> dict[tuple[str, int], int]:
        asked.extend((group, one.topic, one.partition) for one in partitions)
        # Of transactions more is stored than the group has committed yet.
        return {(one.topic, one.partition): 7 if one.topic == "c360.transactions" else 50 for one in partitions}

    monkeypatch.setattr(progress, "reader_client", lambda _: client)
    monkeypatch.setattr(progress, "end_offsets", lambda *_: ends)
    monkeypatch.setattr(progress, "committed", committed)
    assert progress.Progress(Settings()).to_store() == 2 + 10
    streams = [("customers", 0), ("products", 0), ("products", 1), ("transactions", 0)]
    assert asked == [(f"c360.clickhouse-customer360-{one}", f"c360.{one}", number) for one, number in streams]
