"""Too many records in a row that cannot be read: their stream stands still, by either way in, until that is mended."""

import datetime as dt
import io
import json
import logging
import re
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fastavro
import pytest
from confluent_kafka import TopicPartition
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from ops.doctor.contract import held, readers
from schemas import wire
from schemas.clients import writer_client
from schemas.groups import clickhouse_group
from schemas.lag import committed
from schemas.records import schema, schema_text
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS, Topic
from sinks.drift import drift
from sinks.holds import Hold, Run, note
from sinks.limit import Limit
from sinks.migrate import migrate
from tests.contract.ingestion.conftest import WayIn, way_in
from tests.support.gate import Gate, gate
from tests.support.naming import named
from tests.support.waiting import wait_for

NOON = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
#: Records in a row.
LIMIT = 20
STANDS = re.compile(
    r"(\S+)/(\d+) stands still: ([\d,]+) records in a row up to offset (\d+) cannot be used \((.+)\)\. "
)


class Clock:
    """Passes by as much between two looks as there is between tries."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 10
        return self.now


@dataclass
class Watched:
    """A way in whose registry is behind a gate; of the engine's, `limit` looks after it in this process."""

    way: WayIn
    gate: Gate
    caplog: pytest.LogCaptureFixture
    limit: Limit | None = None
    newer: int = 0  # the id of a schema that the registry has, and of which no record was read yet
    schema: Any = None
    sent: list[int] = field(default_factory=list)
    stream: Topic = TRANSACTIONS

    @property
    def topic(self) -> str:
        return self.stream.name(self.way.place.settings)

    def begin(self, **more: Any) -> None:
        """The process that looks begins."""
        if self.way.kind == "engine":
            self.limit = Limit(self.way.place.settings.model_copy(update=more), Clock())

    def register(self) -> None:
        """A schema that came later."""
        text = json.loads(schema_text("transaction"))
        text["fields"].append({"name": "tax", "type": "long", "default": 0})
        settings = self.way.place.settings
        with Registry(settings) as registry:
            self.newer = registry.register_text(TRANSACTIONS.subject(settings), json.dumps(text))
        self.schema = fastavro.parse_schema(text)

    def buy(self, count: int, *, newer: bool = False) -> None:
        """Purchases of one customer: all in one partition."""
        for _ in range(count):
            self.sent.append(self.way.records.buy(1, 3, NOON))
            if newer:
                topic, key, value, ts = self.way.records.sent.pop()
                record = wire.decode(value or b"", schema("transaction"))
                value = wire.encode({**record, "tax": 5}, self.schema, self.newer)
                self.way.records.sent.append((topic, key, value, ts))
        self.way.send()

    def held(self) -> float:
        """What the metric says of the topic."""
        if self.limit is None:
            address = f"http://127.0.0.1:{self.way.metrics_port}/metrics"
            with urllib.request.urlopen(address, timeout=30) as answer:
                families = text_string_to_metric_families(answer.read().decode())
            (value,) = (
                sample.value
                for family in families
                for sample in family.samples
                if (sample.name, sample.labels) == ("c360_sinks_ingest_held", {"topic": self.topic})
            )
            return value
        self.limit.look()
        return REGISTRY.get_sample_value("c360_sinks_ingest_held", {"topic": self.topic}) or 0.0

    def said(self) -> list[tuple[str, ...]]:
        """Topic, partition, records, offset and reason of each line."""
        if self.limit is None:
            logs = sorted(self.way.folder.glob("ingest-*.log"))
            return [found.groups() for log in logs for found in STANDS.finditer(log.read_text())]
        return [found.groups() for one in self.caplog.messages if (found := STANDS.search(one))]

    def at(self) -> dict[tuple[str, int], int]:
        """Where the group is."""
        settings = self.way.place.settings
        places = [TopicPartition(self.topic, number) for number in range(settings.topic_partitions)]
        return committed(settings, clickhouse_group(settings, self.stream), places)

    def stored(self) -> list[int]:
        return [row[0] for row in self.way.rows("SELECT transaction_id FROM transactions ORDER BY ALL")]

    def letters(self) -> list[int]:
        """Ids of the records that are dead letters of the engine: Avro's first field, a number."""
        rows = self.way.rows("SELECT hex(value) FROM dead_letters FINAL")
        return sorted(_first_number(bytes.fromhex(row[0])[wire.HEADER.size :]) for row in rows)

    def others_go_on(self) -> None:
        """What comes in another stream is stored."""
        before = self.way.rows("SELECT count() FROM interactions")[0][0]
        for _ in range(10):
            self.way.records.act(1, 3, NOON)
        self.way.send()
        wait_for(lambda: self.way.rows("SELECT count() FROM interactions") == [(before + 10,)], "the others go on", 60)


def _first_number(body: bytes) -> int:
    found = fastavro.schemaless_reader(io.BytesIO(body), "long")
    assert isinstance(found, int)
    return found


@pytest.fixture
def begun(
    stack: Settings, tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[[str], Watched]]:
    """Begins a way in of a kind."""
    caplog.set_level(logging.INFO, "sinks")
    with gate(stack) as made:
        settings = stack.model_copy(update={"schema_registry_url": made.url, "dead_letter_run": LIMIT})
        ways = []

        def begin(kind: str) -> Watched:
            ways.append(way_in(kind, settings, named(request), tmp_path))
            watched = Watched(ways[-1].__enter__(), made, caplog)
            watched.begin()
            watched.register()
            return watched

        yield begin
        for way in ways:
            way.__exit__(None, None, None)


@pytest.fixture
def engine(begun: Callable[[str], Watched]) -> Watched:
    return begun("engine")


@pytest.mark.parametrize("kind", ["engine", "client"])
def test_a_stream_stands_still_alone_and_goes_on_once_the_schema_is_there(
    begun: Callable[[str], Watched], kind: str
) -> None:
    watched = begun(kind)
    watched.gate.hidden.add(watched.newer)
    watched.buy(5)
    wait_for(lambda: len(watched.stored()) == 5, "the first are stored", 60)
    watched.buy(30, newer=True)
    wait_for(lambda: watched.held() == 1, "it stands still")
    before, letters = watched.at(), watched.letters()
    # Of the client nothing was taken; the engine stands still behind what it had taken.
    assert letters == ([] if kind == "client" else watched.sent[5 : 5 + len(letters)])
    assert kind == "client" or len(letters) >= LIMIT
    watched.buy(40, newer=True)
    watched.others_go_on()
    assert watched.held() == 1
    assert (watched.at(), watched.letters()) == (before, letters)
    ((topic, partition, records, offset, reason),) = watched.said()
    assert (topic, before[topic, int(partition)] > 0) == (watched.topic, True)
    assert int(records) >= LIMIT
    assert int(offset) >= 5 + LIMIT - 1
    assert reason
    watched.gate.mend()
    wait_for(lambda: watched.held() == 0, "it goes on")
    watched.way.place.wait_stored()
    assert sorted([*watched.stored(), *letters]) == watched.sent
    assert watched.letters() == letters


@pytest.mark.parametrize("status", [0, 401, 503])
def test_a_registry_that_cannot_be_asked_makes_no_dead_letters(engine: Watched, status: int) -> None:
    """The engine comes back from a kill with no schema, and would take each record for a bad one."""
    engine.buy(5)
    engine.way.place.wait_stored()
    engine.gate.away = status
    engine.way.kill_clickhouse()
    engine.buy(2)  # the engine asks some seconds for each
    wait_for(lambda: list(readers(engine.way.place.settings)), "it is told that it waits", 60)
    (found,) = readers(engine.way.place.settings)
    assert found.what == "queue_transactions"
    assert found.detail.endswith(
        "Z: The schema registry cannot be asked for a schema: nothing is taken in until it can"
    )
    engine.gate.mend()
    engine.way.place.wait_stored()
    assert engine.stored() == engine.sent
    assert engine.letters() == []
    assert engine.held() == 0


@pytest.mark.parametrize("number", [2**32 - 1, 2**31, 2**31 - 1, 0])
def test_a_number_that_no_schema_can_have_is_the_record_s_fault(engine: Watched, number: int) -> None:
    engine.way.records.buy(1, 3, NOON)
    ((topic, key, value, ts),) = engine.way.records.sent
    engine.way.records.sent[:] = [(topic, key, wire.HEADER.pack(0, number) + (value or b"")[wire.HEADER.size :], ts)]
    engine.buy(1)
    engine.way.place.wait_stored()
    assert engine.stored() == engine.sent
    assert len(engine.letters()) == 1


@pytest.mark.parametrize(
    "text", ['{"type": "nothing that is known"}', "no JSON", '{"$schema": "http://json-schema.org/x"}']
)
def test_a_schema_that_is_none_is_the_registry_s_answer(engine: Watched, text: str) -> None:
    engine.gate.schemas[engine.newer] = text
    engine.buy(1, newer=True)
    engine.buy(1)
    engine.way.place.wait_stored()
    assert engine.stored() == engine.sent[1:]
    assert engine.letters() == engine.sent[:1]


def test_a_registry_that_goes_away_does_not_end_a_hold(engine: Watched) -> None:
    engine.gate.hidden.add(engine.newer)
    engine.buy(30, newer=True)
    wait_for(lambda: engine.held() == 1, "it stands still")
    letters = engine.letters()
    engine.buy(30, newer=True)
    engine.gate.away = 503
    assert [engine.held() for _ in range(3)] == [1, 1, 1]  # this process knows no such schema either
    engine.gate.mend()
    wait_for(lambda: engine.held() == 0, "it goes on")
    engine.way.place.wait_stored()
    assert sorted([*engine.stored(), *letters]) == engine.sent
    assert engine.letters() == letters


def test_what_can_be_read_again_behind_a_run_lets_it_go_on(engine: Watched) -> None:
    engine.gate.hidden.add(engine.newer)
    engine.buy(30, newer=True)
    wait_for(lambda: engine.held() == 1, "it stands still")
    wait_for(lambda: len(engine.letters()) == 30, "all of the run was taken, or more of it is held", 5)
    engine.buy(5)
    wait_for(lambda: engine.held() == 0, "it goes on")
    engine.way.place.wait_stored()
    assert engine.stored() == engine.sent[30:]
    # And a run that begins anew is held anew.
    engine.buy(LIMIT, newer=True)
    wait_for(lambda: engine.held() == 1, "it stands still again")


def test_of_another_stream_is_not_taken_for_mended(engine: Watched) -> None:
    """Such records can be read by their schema, and ClickHouse refuses them all the same."""
    engine.stream = INTERACTIONS
    engine.way.records.buy(1, 3, NOON)
    ((_, key, value, ts),) = engine.way.records.sent
    engine.way.records.sent[:] = [(INTERACTIONS, key, value, ts)] * 30
    engine.way.send()
    wait_for(lambda: engine.held() == 1, "it stands still")
    before = engine.at()
    engine.way.records.sent[:] = [(INTERACTIONS, key, value, ts)] * 30
    engine.way.send()
    assert [engine.held() for _ in range(3)] == [1, 1, 1]
    assert engine.at() == before


def test_whoever_is_killed_comes_up_held(engine: Watched) -> None:
    settings = engine.way.place.settings
    engine.gate.hidden.add(engine.newer)
    engine.buy(30, newer=True)
    wait_for(lambda: engine.held() == 1, "it stands still")
    before = engine.at()
    engine.buy(30, newer=True)
    engine.way.kill_clickhouse()
    # Whoever begins brings the way in up to date first.
    client = writer_client(settings)
    assert not migrate(client, settings)
    assert list(drift(client, settings)) == []
    (found,) = held(settings)
    assert STANDS.match(found.detail)
    engine.begin()
    assert engine.held() == 1
    assert len(engine.said()) == 2
    # Another version makes the way in anew, but for what is held.
    client.command("DROP TABLE log_transactions SYNC")
    assert migrate(client, settings)
    engine.others_go_on()
    assert engine.held() == 1
    assert engine.at() == before
    engine.gate.mend()
    wait_for(lambda: engine.held() == 0, "it goes on")
    engine.way.place.wait_stored()
    assert sorted([*engine.stored(), *engine.letters()]) == engine.sent
    assert list(drift(client, settings)) == []
    assert list(held(settings)) == []
    client.close()


def test_whoever_is_killed_before_the_engine_stood_still_goes_on_with_it(engine: Watched) -> None:
    engine.gate.hidden.add(engine.newer)
    engine.buy(30, newer=True)
    wait_for(lambda: len(engine.letters()) == 30, "the engine has taken all of them", 60)
    ((partition, last),) = engine.way.rows("SELECT partition, max(offset) FROM dead_letters GROUP BY partition")
    client = writer_client(engine.way.place.settings)
    note(client, TRANSACTIONS.stream, Hold({partition: Run(30, last)}))
    assert engine.held() == 1
    assert len(engine.said()) == 1
    asked = "SELECT count() FROM system.tables WHERE name = 'take_transactions' AND database = currentDatabase()"
    assert engine.way.rows(asked) == [(0,)]
    # And who is killed when the engine reads again already, as is noted last, begins with a hold that has no reason.
    note(client, TRANSACTIONS.stream, None)
    migrate(client, engine.way.place.settings)
    engine.buy(5)
    engine.way.place.wait_stored()
    note(client, TRANSACTIONS.stream, Hold({partition: Run(30, last)}, "it stands still"))
    engine.begin()
    assert engine.held() == 0
    engine.buy(5)
    engine.way.place.wait_stored()
    assert engine.stored() == engine.sent[30:]
    client.close()


@pytest.mark.parametrize("limit", [0, 10_000])
def test_a_higher_limit_lets_it_go_on(engine: Watched, limit: int) -> None:
    engine.gate.hidden.add(engine.newer)
    engine.buy(30, newer=True)
    wait_for(lambda: engine.held() == 1, "it stands still")
    engine.buy(30, newer=True)
    engine.begin(dead_letter_run=limit)
    assert engine.held() == 0
    engine.way.place.wait_stored()
    assert engine.held() == 0
    assert engine.letters() == engine.sent
