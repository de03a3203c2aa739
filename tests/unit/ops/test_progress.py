"""What is not stored yet, when the log of blocks remembers, and when it has forgotten."""

from types import SimpleNamespace
from typing import Any

import pytest

from ops import progress
from schemas.settings import Settings


def test_what_the_log_has_forgotten_is_asked_of_the_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of the log live for a week: a topic that nobody wrote to since must not look as if nothing were stored."""
    rows = [("c360.transactions", 0, 9)]
    client = SimpleNamespace(query=lambda _: SimpleNamespace(result_rows=rows))
    ends = {
        ("c360.transactions", 0): 12,
        ("c360.products", 0): 50,
        ("c360.products", 1): 60,
        ("c360.churn-alerts", 0): 0,
    }
    asked: list[tuple[str, str, int]] = []

    def committed(_: Settings, group: str, partitions: list[Any]) -> dict[tuple[str, int], int]:
        asked.extend((group, one.topic, one.partition) for one in partitions)
        return {(one.topic, one.partition): 50 for one in partitions}

    monkeypatch.setattr(progress, "reader_client", lambda _: client)
    monkeypatch.setattr(progress, "end_offsets", lambda *_: ends)
    monkeypatch.setattr(progress, "committed", committed)
    assert progress.Progress(Settings()).to_store() == 2 + 10
    group = "c360.clickhouse-customer360-products"
    assert asked == [(group, "c360.products", 0), (group, "c360.products", 1)]
