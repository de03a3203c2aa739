"""From where tables are to read again: what is said, and what cannot be meant."""

from datetime import UTC, datetime
from unittest.mock import Mock

import pytest

from schemas.errors import C360Error, UsageError
from schemas.settings import Settings
from schemas.topics import EXTERNAL_IDS, TRANSACTIONS
from sinks import reset_offsets
from sinks.reset_offsets import Reset, Span, moment_of, move, offsets_of

SPANS = {0: Span(10, 100, 100), 1: Span(0, 5, 3)}


def test_times_without_a_zone_are_utc() -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert moment_of("2026-01-31T12:00:00") == moment_of("2026-01-31T13:00:00+01:00") == noon
    with pytest.raises(UsageError, match="'yesterday': expected ISO 8601"):
        moment_of("yesterday")


def test_offsets_by_partition() -> None:
    assert offsets_of(["0:10", "1:3"], SPANS) == {0: 10, 1: 3}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("0", "expected PARTITION:OFFSET"),
        ("0:-1", "expected PARTITION:OFFSET"),
        ("2:0", "the partitions are 0 to 1"),
        ("0:9", "there are offsets 10 to 100"),
        ("1:6", "there are offsets 0 to 5"),
        ("1:5", "2 records that are not stored yet would be skipped. .* up to offset 3"),
    ],
)
def test_offsets_that_are_not_there(place: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        offsets_of([place], SPANS)


def test_what_kafka_has_deleted_is_not_skipped() -> None:
    assert offsets_of(["0:10"], {0: Span(10, 100, 4)}) == {0: 10}


def test_a_time_ahead_of_the_reader_is_where_the_reader_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partition 0 has nothing since; in 1 the first record since is behind the reader, in 2 before it."""
    reset = Reset(Settings(), TRANSACTIONS)
    monkeypatch.setattr(reset, "_asked", lambda *_: {0: -1, 1: 4, 2: 2})
    spans = {0: Span(0, 100, 90), 1: Span(0, 5, 3), 2: Span(0, 5, 3)}
    assert reset.at_time(datetime(2026, 1, 31, tzinfo=UTC), spans) == {0: 90, 1: 3, 2: 2}


def test_nothing_is_taken_down_under_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Mock()

    def refuse(*_: object) -> None:
        raise C360Error("End it first.")

    monkeypatch.setattr(reset_offsets, "writer_client", lambda _: client)
    monkeypatch.setattr(reset_offsets, "refuse_readers", refuse)
    here = Settings(clickhouse_ingest="client")
    with pytest.raises(C360Error, match="End it first"):
        move(here, {Reset(here, TRANSACTIONS): {0: 1}})
    client.command.assert_not_called()
    client.close.assert_called_once_with()


def test_a_client_s_queue_goes_first_and_the_engine_s_last() -> None:
    by_client = Reset(Settings(clickhouse_ingest="client"), EXTERNAL_IDS)
    assert by_client.doors == ["queue_external_ids", "take_external_ids"]
    assert Reset(Settings(), EXTERNAL_IDS).doors == ["take_external_ids", "queue_external_ids"]


def test_every_node_of_a_cluster_drops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    client, moved, made = Mock(), Mock(), Mock()
    monkeypatch.setattr(reset_offsets, "writer_client", lambda _: client)
    monkeypatch.setattr(reset_offsets, "refuse_readers", Mock())
    monkeypatch.setattr(reset_offsets, "bring_up", made)
    monkeypatch.setattr(Reset, "alter", moved)
    here = Settings(clickhouse_cluster="c360")
    move(here, {Reset(here, TRANSACTIONS): {0: 1}})
    assert [call.args[0] for call in client.command.call_args_list] == [
        "DROP TABLE IF EXISTS take_transactions ON CLUSTER 'c360' SYNC",
        "DROP TABLE IF EXISTS queue_transactions ON CLUSTER 'c360' SYNC",
    ]
    moved.assert_called_once_with({0: 1})
    assert made.call_count == 2  # what was lost before is seen to first
