"""A worker between Kafka, its snapshots and what it says about itself; Kafka is librdkafka's own broker."""

import asyncio
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from prometheus_client import REGISTRY

from schemas import records, wire
from schemas.errors import HeldError, UnreachableError
from schemas.settings import Settings
from schemas.topics import TOPICS
from stream_processors.features.categories import Listed
from stream_processors.metrics import Collectors
from stream_processors.processor import work_through
from stream_processors.recomputation.outcome import keep
from stream_processors.worker import Worker

NOW = 1_700_000_000_000
CUSTOMERS, TRANSACTIONS, INTERACTIONS = INPUTS = ("c360.customers", "c360.transactions", "c360.interactions")


def worker_in(folder: Path, collectors: Collectors) -> Worker:
    here = Settings(home=folder, kafka_options={"test.mock.num.brokers": "1"}, snapshot_seconds=0.001)
    return Worker(here, {topic.stream: 1 for topic in TOPICS}, dict.fromkeys(INPUTS, "id"), collectors)


@pytest.fixture
def worker(tmp_path: Path, collectors: Collectors) -> Worker:
    return worker_in(tmp_path, collectors)


def offsets(number: int, value: int) -> dict[tuple[str, int], int]:
    return {(name, number): value for name in INPUTS}


def interaction(offset: int) -> Any:
    fields = {
        "interaction_id": offset, "customer_id": 42, "product_id": 1, "type": "cart", "duration_seconds": 3,
        "device": "mobile", "session_id": 9, "ts": NOW,
    }  # fmt: skip
    value = wire.encode(fields, records.schema("interaction"), 1)
    return SimpleNamespace(offset=offset, timestamp=NOW, key=b"42", value=value)


def purchase(offset: int) -> Any:
    fields = {
        "transaction_id": offset, "customer_id": 42, "product_id": 1, "amount": Decimal("9.99"), "quantity": 1,
        "channel": "web", "status": "completed", "refers_to": None, "ts": NOW,
    }  # fmt: skip
    value = wire.encode(fields, records.schema("transaction"), 1)
    return SimpleNamespace(offset=offset, timestamp=NOW, key=b"42", value=value)


def lag(topic: str, number: int) -> float | None:
    return REGISTRY.get_sample_value("c360_stream_processors_lag_records", {"topic": topic, "partition": str(number)})


def backlog() -> float | None:
    return REGISTRY.get_sample_value("c360_stream_processors_features_backlog_rows")


def test_lag_is_told_before_anything_is_read_and_by_the_holder_alone(worker: Worker) -> None:
    worker.assign({0, 1}, {}, offsets(0, 7) | offsets(1, 9))
    assert [lag(name, number) for name in INPUTS for number in (0, 1)] == [7, 9] * 3
    worker.assign({1}, {}, offsets(1, 9))
    assert [lag(name, number) for name in INPUTS for number in (0, 1)] == [None, 9] * 3


def test_whoever_sees_that_all_is_counted_sees_what_is_not_published(worker: Worker) -> None:
    worker.assign({0}, {}, {})
    worker.process(INTERACTIONS, 0, [interaction(0)], 1)
    assert (lag(INTERACTIONS, 0), backlog()) == (0, 1)
    worker.pulse()
    assert worker.publisher.flush(10) == 0
    worker.pulse()
    assert backlog() == 0


def test_what_kafka_has_deleted_is_not_waited_for(worker: Worker) -> None:
    worker.assign({0}, offsets(0, 30), offsets(0, 30))
    assert worker.positions() == offsets(0, 30)
    assert [lag(name, 0) for name in INPUTS] == [0, 0, 0]


def test_offsets_without_records_are_not_waited_for(worker: Worker) -> None:
    """Such as a transaction's marker: alerts and categories wait for the topics' ends."""

    async def read() -> None:
        for name in INPUTS:
            batch: Any = SimpleNamespace(
                topic=name, partition=0, records=[], last_offset=8, highwater=9, finished=False
            )
            if name == INTERACTIONS:
                batch.records = [interaction(7)]
            await work_through(SimpleNamespace(running=worker), batch)  # type: ignore[arg-type]  # all it needs of an app
            assert batch.finished

    worker.assign({0}, {}, offsets(0, 9))
    partition = worker.partitions[0]
    before = partition.caught_up
    asyncio.run(read())
    assert (before, partition.caught_up) == (False, True)
    assert worker.positions() == offsets(0, 9)
    assert [lag(name, 0) for name in INPUTS] == [0, 0, 0]
    assert partition.positions["customers"] >= partition.profiles_until
    worker.passed(CUSTOMERS, 0, 3, 9)  # never back
    worker.passed(CUSTOMERS, 1, 3, 9)  # nobody's business by now
    assert worker.positions() == offsets(0, 9)


def test_no_later_snapshot_overtakes_what_an_earlier_one_waits_for(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first one counts on is not in Kafka: a second one, of nothing more, must not stand in for it."""
    worker.assign({0}, {}, offsets(0, 0))
    epoch = worker.publisher.close_epoch()
    epoch.left = 1  # an alert that has not arrived
    with monkeypatch.context() as patch:
        patch.setattr(worker.publisher, "close_epoch", lambda: epoch)
        patch.setattr(worker.publisher, "flush", lambda _: epoch.left)
        patch.setattr(worker, "_saved", {0: (0, 0.0)})
        worker.process(INTERACTIONS, 0, [interaction(0)], 1)
        worker.pulse()
        worker.save_all(0)
    worker.process(INTERACTIONS, 0, [interaction(1)], 2)
    for _ in range(3):
        worker.publisher.flush(10)
        monkeypatch.setattr(worker, "_saved", {0: (0, 0.0)})
        worker.pulse()
    worker._finished()
    assert not list((tmp_path / "stream_processors").rglob("*.snapshot"))
    epoch.left = 0
    worker.close()
    assert list((tmp_path / "stream_processors").rglob("*.snapshot"))


def test_what_is_handed_over_follows_the_snapshot_that_waited(
    worker: Worker, tmp_path: Path, collectors: Collectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last snapshot holds what changed since the one that waited: without that one it would be of no use."""
    worker.assign({0}, {}, {})
    worker.process(INTERACTIONS, 0, [interaction(0)], 1)
    monkeypatch.setattr(worker, "_saved", {0: (0, 0.0)})
    worker.pulse()
    worker.process(INTERACTIONS, 0, [interaction(1)], 2)
    worker.save_all(10)
    assert len(list(tmp_path.rglob("*.snapshot"))) == 2
    other = worker_in(tmp_path, collectors)
    other.assign({0}, {}, {})
    assert other.positions()[INTERACTIONS, 0] == 2
    other.process(INTERACTIONS, 0, [interaction(2)], 3)
    other.close()
    worker.close()
    state = other.partitions[0].state
    assert state.columns["carts"][state.index.find(np.array([42]))].tolist() == [3]


def test_snapshots_of_all_partitions_together_keep_to_their_share(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.assign({0, 1, 2}, {}, {})
    monkeypatch.setattr("stream_processors.worker.SNAPSHOT_SHARE", 1e-9)
    monkeypatch.setattr(worker, "_saved", dict.fromkeys(range(3), (0, 0.0)))
    for number in range(3):
        worker.process(INTERACTIONS, number, [interaction(0)], 1)
    for _ in range(20):
        worker.publisher.flush(10)
        worker.pulse()
        if worker._writing is not None:
            worker._writing.result()
    assert len(list(tmp_path.rglob("*.snapshot"))) == 1
    worker.close()
    assert len(list(tmp_path.rglob("*.snapshot"))) == 3


def test_a_batch_that_waited_while_its_partition_moved_is_left_to_the_new_state(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins behind what the state that was loaded meanwhile has counted: counting it would leave a gap."""
    worker.assign({0}, {}, {})

    process = worker.process

    def absent(*_: Any) -> None:
        worker.assign(set(), {}, {})
        worker.assign({0}, {}, {})
        monkeypatch.setattr(worker, "process", process)
        raise UnreachableError("no registry")

    monkeypatch.setattr(worker, "process", absent)
    monkeypatch.setattr("stream_processors.processor.REGISTRY_RETRY_SECONDS", 0.0)
    batch: Any = SimpleNamespace(topic=INTERACTIONS, partition=0, records=[interaction(5)], highwater=6, finished=False)
    asyncio.run(work_through(SimpleNamespace(running=worker), batch))  # type: ignore[arg-type]  # all it needs of an app
    assert not batch.finished
    assert worker.positions() == offsets(0, 0)


def garbage(*offsets: int) -> list[Any]:
    return [SimpleNamespace(offset=offset, timestamp=NOW, key=b"42", value=b"garbage") for offset in offsets]


def letters(topic: str) -> float:
    return REGISTRY.get_sample_value("c360_stream_processors_dead_letters_total", {"topic": topic}) or 0.0


def test_behind_too_many_bad_records_in_a_row_nothing_is_taken_until_they_can_be_read(
    tmp_path: Path, collectors: Collectors, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def limited(limit: int) -> Worker:
        here = Settings(
            home=tmp_path, kafka_options={"test.mock.num.brokers": "1"}, snapshot_seconds=0.001, dead_letter_run=limit
        )
        made = Worker(here, {topic.stream: 1 for topic in TOPICS}, dict.fromkeys(INPUTS, "id"), collectors)
        made.assign({0}, {}, offsets(0, 9))
        return made

    worker = limited(3)
    before = letters(INTERACTIONS)
    worker.process(INTERACTIONS, 0, [interaction(0), *garbage(1, 2)], 9)
    assert letters(INTERACTIONS) == before + 2
    with pytest.raises(HeldError, match=r"c360.interactions/0 stands still: 3 records in a row up to offset 3 .*"):
        worker.process(INTERACTIONS, 0, [*garbage(3, 4), interaction(5)], 9)
    assert worker.positions()[INTERACTIONS, 0] == 3
    assert letters(INTERACTIONS) == before + 2
    held = REGISTRY.get_sample_value("c360_stream_processors_held", {"topic": INTERACTIONS})
    assert held == 1
    worker.process(TRANSACTIONS, 0, [purchase(0)], 9)  # each topic has its own run
    worker.close()
    # The next process knows of the run, by the snapshot: a restart lets no further records through.
    worker = limited(3)
    with pytest.raises(HeldError):
        worker.process(INTERACTIONS, 0, garbage(3), 9)
    waits: list[float] = []

    async def mended(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            batch.records = [interaction(3)]

    monkeypatch.setattr("stream_processors.processor.asyncio.sleep", mended)
    batch: Any = SimpleNamespace(
        topic=INTERACTIONS, partition=0, records=garbage(3), last_offset=3, highwater=9, finished=False
    )
    asyncio.run(work_through(SimpleNamespace(running=worker), batch))  # type: ignore[arg-type]  # all it needs of an app
    assert batch.finished
    assert len([line for line in caplog.messages if "stands still" in line]) == 1
    assert worker.positions()[INTERACTIONS, 0] == 4
    assert REGISTRY.get_sample_value("c360_stream_processors_held", {"topic": INTERACTIONS}) == 0
    worker.close()
    worker = limited(9)
    worker.process(INTERACTIONS, 0, garbage(4, 5, 6, 7), 9)
    assert worker.positions()[INTERACTIONS, 0] == 8


class Products:
    """A catalogue that says what it is told to."""

    complete, generation, category = False, 1, "Home"

    def poll(self) -> None:
        """Nothing more comes."""

    def close(self) -> None:
        """Nothing is open."""

    def listed(self) -> Listed:
        return Listed(np.array([1]), np.zeros(1, np.int32), [self.category])


def test_categories_wait_for_the_catalogue_and_until_no_stored_row_is_for_more_input(
    tmp_path: Path, collectors: Collectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row with the categories of now that is for less of the input than a stored one would lose to it."""
    products = Products()
    worker = worker_in(tmp_path, collectors)
    worker._catalogue = products  # type: ignore[assignment]  # all it needs of one
    worker.assign({0}, {}, {(TRANSACTIONS, 0): 2})
    counts = worker.partitions[0].state.columns["categories"]
    sent: list[int] = []
    monkeypatch.setattr(worker.publisher, "features", lambda columns: sent.extend(columns["categories"].tolist()))
    monkeypatch.setattr("stream_processors.worker.IDLE_SECONDS", 0.0)

    worker.process(TRANSACTIONS, 0, [purchase(0)], 2)
    worker.pulse()
    products.complete = True
    worker.pulse()
    assert (counts[0], sent) == (0, [0])
    worker.process(TRANSACTIONS, 0, [purchase(1)], 2)
    worker.pulse()
    assert (counts[0], sent) == (1, [0, 1])
    products.category, products.generation = "Books", 2
    worker.pulse()
    assert (counts[0], sent) == (1, [0, 1])  # another, but still one
    worker.close()


def test_what_can_go_wrong_is_counted_from_nothing_on(worker: Worker) -> None:
    assert worker.topics == set(INPUTS)
    for name in ("dead_letters", "repeats", "late_events", "erased_events", "events"):
        for topic in INPUTS:
            assert REGISTRY.get_sample_value(f"c360_stream_processors_{name}_total", {"topic": topic}) == 0
    undelivered = "c360_stream_processors_undelivered_total"
    assert REGISTRY.get_sample_value(undelivered, {"topic": "c360.churn-alerts"}) == 0
    assert REGISTRY.get_sample_value("c360_stream_processors_alerts_total", {"kind": "recovered"}) == 0


def test_the_last_verification_is_told(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "stream_processors").mkdir(exist_ok=True)
    for wrong in (3, 0):
        keep(tmp_path, wrong)
        worker.gauge()
        assert REGISTRY.get_sample_value("c360_stream_processors_features_mismatched_customers") == wrong
    assert REGISTRY.get_sample_value("c360_stream_processors_features_verified_timestamp_seconds")
