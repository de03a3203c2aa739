"""A reader of the engine that is out of its group is made anew."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.clients import writer_client
from schemas.groups import clickhouse_group
from schemas.settings import Settings
from schemas.topics import TRANSACTIONS
from sinks.doors import shut
from sinks.holds import Hold, note
from sinks.stalled import STALLED_SECONDS, Stalled
from sinks.statements import door
from tests.contract.ingestion.conftest import WayIn, way_in
from tests.support.naming import named
from tests.support.waiting import wait_for

NOON = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def engine(stack: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WayIn]:
    with way_in("engine", stack, named(request, 40), tmp_path) as made:
        yield made


def queues(way: WayIn) -> list[object]:
    """What tells the queues and the views on them from others of their names."""
    asked = "SELECT uuid FROM system.tables WHERE database = currentDatabase() AND match(name, '^(queue|take)_')"
    return sorted(row[0] for row in way.rows(asked))


def out(stalled: Stalled) -> bool:
    """Whether a look finds a reader that is out."""
    stalled.look()
    return bool(stalled.out)


def test_it_is_made_anew_once_it_has_been_out_for_long(engine: WayIn, caplog: pytest.LogCaptureFixture) -> None:
    """One that reads for another group is out of its own, as one is that does not join again."""
    here, now = engine.place.settings, [0.0]
    stalled = Stalled(here, lambda: now[0])
    engine.records.buy(1, 3, NOON)
    engine.send()
    engine.place.wait_stored()
    wait_for(lambda: not out(stalled), "all readers are in")
    made = queues(engine)
    now[0] += STALLED_SECONDS
    stalled.look()
    assert queues(engine) == made

    group = clickhouse_group(here, TRANSACTIONS)
    with contextlib.closing(writer_client(here)) as client:
        shut(client, here, TRANSACTIONS)
        for statement in door(here, TRANSACTIONS):
            client.command(statement.replace(group, f"{group}-out"))
    made = queues(engine)
    wait_for(lambda: out(stalled), "it is seen to be out")
    now[0] += STALLED_SECONDS - 1
    stalled.look()
    assert queues(engine) == made
    now[0] += 1
    stalled.look()
    assert len(set(queues(engine)) - set(made)) == 2
    assert "transactions: its reader was out of its group for 60 s" in caplog.text
    engine.records.buy(1, 3, NOON)
    engine.send()
    engine.place.wait_stored()
    assert engine.rows("SELECT count() FROM transactions") == [(2,)]


def test_a_stream_that_is_held_is_left_alone(engine: WayIn) -> None:
    here, now = engine.place.settings, [0.0]
    stalled = Stalled(here, lambda: now[0])
    with contextlib.closing(writer_client(here)) as client:
        note(client, TRANSACTIONS.stream, Hold({}))
        shut(client, here, TRANSACTIONS)
        client.command(door(here, TRANSACTIONS)[0])
    made = queues(engine)
    wait_for(lambda: not out(stalled), "all other readers are in")
    for _ in range(3):
        now[0] += STALLED_SECONDS
        stalled.look()
    assert queues(engine) == made
