"""A partition as a whole: what is published is true, and a restart changes nothing."""

import copy
import io
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pytest

from schemas import records, wire
from schemas.codec.encode import ColumnEncoder
from schemas.ids import LAST_VERSION
from schemas.topics import CUSTOMERS, INTERACTIONS, TRANSACTIONS
from stream_processors.array_file import Content
from stream_processors.features.categories import Listed
from stream_processors.features.parameters import DAY, HOUR
from stream_processors.features.rows import feature_columns
from stream_processors.partition import Partition
from stream_processors.snapshots import SnapshotStore, Step
from tests.unit.stream_processors.models import quick_model

START = 1_700_000_000_000
MODEL = quick_model()


def batches(seed: int, count: int) -> list[tuple[str, dict[str, Any], int]]:
    """Batches of both topics, with the latest time of each."""
    random = np.random.default_rng(seed)
    out = []
    for step in range(count):
        size = 50
        times = START + step * DAY + random.integers(0, DAY, size)
        ids = step * size + np.arange(size)
        active = random.integers(1, 40, size) if not count // 3 < step < count - 9 else random.integers(1, 20, size)
        common = {"customer_id": active, "ts": times}
        if step % 3:
            columns = {"interaction_id": ids, "type": random.integers(1, 6, size).astype(np.uint8), **common}
            out.append((INTERACTIONS.stream, columns, int(times.max())))
        else:
            status = random.integers(1, 4, size).astype(np.uint8)
            amounts = random.integers(-500, 9_000, size)
            columns = {"transaction_id": ids, "amount": amounts, "status": status, "product_id": ids % 9, **common}
            out.append((TRANSACTIONS.stream, columns, int(times.max())))
    return out


def apply(partition: Partition, batch: tuple[str, dict[str, Any], int]) -> list[Any]:
    stream, columns, latest = batch
    partition.events(stream, columns)
    partition.positions[stream] += len(columns["ts"])
    for topic in (TRANSACTIONS.stream, INTERACTIONS.stream):
        partition.watermark.read(topic, latest)
    return partition.decide().alerts


def save(store: SnapshotStore, partition: Partition) -> Step:
    step = store.follow(partition.dump(whole=store.wants_whole(partition.number)))
    store.save(step)
    return step


def same(one: Partition, other: Partition) -> bool:
    """Whether all that both hold is the same; they are dumped by that."""
    mine, others = (partition.dump(whole=True).arrays() for partition in (one, other))
    return one.positions == other.positions and all(np.array_equal(mine[name], others[name]) for name in mine)


def test_a_restart_at_any_batch_changes_neither_features_nor_alerts(tmp_path: Path) -> None:
    fed = batches(1, 90)
    store = SnapshotStore(tmp_path, {})
    straight, restarted = Partition(0, MODEL), Partition(0, MODEL)
    expected, alerts = [], []
    kinds = set()
    for number, batch in enumerate(fed):
        expected += apply(straight, batch)
        alerts += apply(restarted, batch)
        if number % 3 == 0:
            kinds.add(save(store, restarted).whole)
        if number % 7 == 3:
            save(store, restarted)
            again = Partition(0, MODEL)
            again.load(store.load(0))
            assert same(again, restarted)
            restarted = again
    assert kinds == {True, False}
    assert {alert.kind for alert in expected} == {"raised", "recovered"}
    assert alerts == expected
    assert same(straight, restarted)


@pytest.mark.parametrize("seed", range(3))
def test_what_changed_is_all_that_changed(seed: int) -> None:
    """Few of many customers act between two dumps, so that a row nobody told of would be missing."""
    random = np.random.default_rng(seed)
    partition, again = Partition(0, MODEL), Partition(0, MODEL)
    sizes, number, now = [], 0, START
    for step in range(60):
        many = step % 20 == 0
        size = 3_000 if many else 30
        customers = np.arange(1, 3_001) if many else random.integers(1, 3_001, size)
        now += int(random.choice([1, 30, 60 * 24, 60 * 24 * 40], p=[0.4, 0.4, 0.15, 0.05])) * 60_000
        now += {50: 200, 51: 9_000}.get(step, 0) * DAY  # all windows are empty, then the landmark of the decay moves
        times = now - (random.random(size) < 0.1) * random.integers(0, 95 * DAY, size)
        columns = {"interaction_id": number + np.arange(size), "type": random.integers(1, 6, size).astype(np.uint8),
                   "customer_id": customers, "ts": times}  # fmt: skip
        number += size
        apply(partition, (INTERACTIONS.stream, columns, now))
        columns = {"transaction_id": number + np.arange(9), "amount": np.arange(9), "status": np.full(9, 1, np.uint8),
                   "product_id": random.integers(0, 90, 9), "customer_id": customers[:9], "ts": times[:9]}  # fmt: skip
        apply(partition, (TRANSACTIONS.stream, columns, now))
        profiles: dict[str, Any] = {
            "customer_id": random.integers(1, 3_200, 5), "segment": random.integers(1, 6, 5).astype(np.uint8),
            "version": random.integers(0, 9, 5), "deleted": random.random(5) < 0.1,
        }  # fmt: skip
        partition.customers(profiles, np.full(5, now))
        if step % 7 == 3:
            names = [f"category {code}" for code in range(70)]  # more than a word holds
            codes = random.integers(0, 70, 80).astype(np.int32)
            partition.catalogue(step, Listed(random.permutation(90)[:80].astype(np.int64), codes, names))
        partition.take(20)
        step_taken = partition.dump(whole=not step)
        arrays = step_taken.arrays()
        sizes.append(len(arrays.get("state.columns.rows", range(3_000))))
        again.load([Content(step_taken.meta, arrays)])
        alike = (again.dump(whole=True), _undisturbed(partition).dump(whole=True))
        mine, others = (taken.arrays() for taken in alike)
        assert [name for name in mine if not np.array_equal(mine[name], others[name])] == []
    assert sorted(sizes)[20] < 100


def _undisturbed(partition: Partition) -> Partition:
    """A twin to look at: looking at a partition itself would count as a dump of it."""
    return copy.deepcopy(partition)


def test_a_snapshot_is_not_changed_by_what_comes_after() -> None:
    fed = batches(2, 60)
    partition, twin = Partition(0, MODEL), Partition(0, MODEL)
    dumps, expected = [], []
    for number in range(0, 60, 20):
        for batch in fed[number : number + 20]:
            apply(partition, batch)
            apply(twin, batch)
        dumps.append(partition.dump(whole=not number).arrays)
        expected.append(twin.dump(whole=not number).arrays())
    for dump, then in zip(dumps, expected, strict=True):
        late = dump()
        assert all(np.array_equal(late[name], array) for name, array in then.items())


def test_the_whole_input_twice_changes_no_feature() -> None:
    fed = batches(3, 30)
    partition = Partition(0, MODEL)
    for batch in fed:
        apply(partition, batch)
    before = partition.state.columns.dump(whole=True)()
    for batch in fed:
        assert partition.events(batch[0], batch[1]).repeats == 50
    after = partition.state.columns.dump(whole=True)()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_published_rows_are_records_of_the_contract() -> None:
    partition = Partition(0, MODEL)
    for batch in batches(4, 10):
        apply(partition, batch)
    segments = np.full(3, 2, np.uint8)
    partition.customers(
        {"customer_id": np.array([1, 2, 999]), "segment": segments, "version": np.ones(3, np.int64),
         "deleted": np.zeros(3, np.bool_)},
        np.full(3, START),
    )  # fmt: skip
    rows = partition.take(1_000)
    assert 999 not in partition.state.index.ids[rows]  # registered, but nothing seen of
    assert not len(partition.changes)
    columns = feature_columns(partition.state, rows, MODEL, {"c360.transactions": 200})
    messages = ColumnEncoder(records.schema("customer_feature"), 9).encode(columns, len(rows)).values()
    for row, message in zip(rows.tolist(), messages, strict=True):
        read: Any = fastavro.schemaless_reader(io.BytesIO(message[5:]), records.schema("customer_feature"), None)
        assert wire.schema_id_of(message) == 9
        assert read["customer_id"] == partition.state.index.ids[row]
        assert read["as_of"].timestamp() * 1000 == partition.state.clock
        assert int(read["lifetime_value"] * 100) == partition.state.columns["lifetime_value"][row]
        assert read["purchases_90d"] == read["orders"]
        assert read["computed_by"] == 3_001
        assert read["segment"] == ("Premium" if read["customer_id"] in {1, 2} else "UNKNOWN")
        assert 0 <= read["engagement"] <= 100
        assert 0 <= read["engagement_trend"] <= 1
        assert read["churn_band"] == "low"
        assert read["input_offsets"] == {"c360.transactions": 200}


def test_alerts_wait_until_the_customers_of_the_past_are_known() -> None:
    partition = Partition(0, MODEL)
    partition.profiles_until = 5
    fed = batches(5, 90)
    assert [alert for batch in fed for alert in apply(partition, batch)] == []
    partition.positions[CUSTOMERS.stream] = 5
    assert partition.decide().alerts


def test_features_wait_until_it_is_known_who_is_erased() -> None:
    """Else a worker that counts everything anew would publish a row of whom it reads of later."""
    partition = Partition(0, MODEL)
    partition.profiles_until = 5
    for batch in batches(6, 10):
        apply(partition, batch)
    assert partition.take(1_000).tolist() == []
    partition.customers(
        {"customer_id": np.array([5]), "segment": np.array([1], np.uint8), "version": np.array([2]),
         "deleted": np.array([True])},
        np.array([START]),
    )  # fmt: skip
    partition.positions[CUSTOMERS.stream] = 5
    known = set(partition.state.index.ids[partition.take(1_000)].tolist())
    assert known
    assert 5 not in known


def test_how_customers_were_batched_changes_no_alert() -> None:
    """Basic until day 20, then VIP until day 40: a batch that holds all versions says no more than the last one."""
    ids, none = np.full(3, 7), np.zeros(3, np.bool_)
    columns = {"customer_id": ids, "segment": np.array([4, 1, 4], np.uint8), "version": np.arange(3), "deleted": none}
    times = START + np.array([0, 20, 40]) * DAY
    happened: dict[str, Any] = {
        "interaction_id": np.arange(12),
        "type": np.ones(12, np.uint8),
        "customer_id": np.full(12, 7),
    }
    happened["ts"] = START + np.arange(12) * DAY
    alerts = []
    for batched in (range(0, 3, 3), range(3)):
        partition = Partition(0, MODEL)
        size = 3 // len(batched)
        for at in batched:
            partition.customers(
                {name: column[at : at + size] for name, column in columns.items()}, times[at : at + size]
            )
        partition.events(INTERACTIONS.stream, happened)
        alerts.append(partition.engine.advance(START + 100 * DAY).alerts)
    assert alerts[0] == alerts[1]
    assert len(alerts[0]) == 1


def test_a_rise_of_the_band_by_silence_goes_first() -> None:
    partition = Partition(0, MODEL)
    ids = np.arange(10)
    days = START + ids * DAY
    columns = {"interaction_id": ids, "type": np.ones(10, np.uint8), "customer_id": np.full(10, 7), "ts": days}
    apply(partition, (INTERACTIONS.stream, columns, int(days.max())))
    partition.take(100)
    later = START + 60 * DAY
    others = {"interaction_id": ids + 10, "type": np.ones(10, np.uint8), "customer_id": ids + 100, "ts": later + ids}
    (raised,) = apply(partition, (INTERACTIONS.stream, others, later + HOUR))
    assert partition.state.index.ids[raised.row] == 7
    assert partition.state.index.ids[partition.take(1)].tolist() == [7]


def test_an_erased_customer_is_neither_published_nor_alerted_about() -> None:
    partition = Partition(0, MODEL)
    for batch in batches(6, 10):
        apply(partition, batch)
    gone = partition.customers(
        {"customer_id": np.array([5]), "segment": np.array([1], np.uint8), "version": np.array([2]),
         "deleted": np.array([True])},
        np.array([START]),
    )  # fmt: skip
    assert (gone.erased.tolist(), gone.again.tolist()) == ([5], [])
    for batch in batches(7, 10):
        apply(partition, batch)
    assert 5 not in partition.state.index.ids[partition.take(1_000)]
    partition.customers(
        {"customer_id": np.array([5]), "segment": np.array([1], np.uint8), "version": np.array([3]),
         "deleted": np.array([False])},
        np.array([START]),
    )  # fmt: skip
    assert partition.state.index.ids[partition.take(1_000)].tolist() == [5]


def test_of_who_is_erased_for_good_every_older_record_is_answered_by_that_one() -> None:
    """Compaction keeps the last record of a key: it has to be the one that erased them, however the records come."""
    partition = Partition(0, MODEL)

    def send(*versions: int) -> tuple[list[int], list[int]]:
        count = len(versions)
        gone = partition.customers(
            {"customer_id": np.full(count, 5), "segment": np.ones(count, np.uint8), "version": np.array(versions),
             "deleted": np.array(versions) == LAST_VERSION},
            np.full(count, START),
        )  # fmt: skip
        return gone.erased.tolist(), gone.again.tolist()

    assert send(3, 2) == ([], [])
    assert send(4, LAST_VERSION, 3) == ([5], [5])
    assert send(LAST_VERSION) == ([], [])
    assert send(2, 1) == ([], [5, 5])


def test_whoever_has_the_last_version_and_is_not_erased_is_not_erased_by_an_older_record() -> None:
    partition = Partition(0, MODEL)
    for version in (LAST_VERSION, 3):
        gone = partition.customers(
            {"customer_id": np.array([5]), "segment": np.ones(1, np.uint8), "version": np.array([version]),
             "deleted": np.array([False])},
            np.array([START]),
        )  # fmt: skip
        assert (gone.erased.tolist(), gone.again.tolist()) == ([], [])


def test_an_unknown_input_is_an_error() -> None:
    with pytest.raises(ValueError, match="carries no events"):
        Partition(0, MODEL).events("products", {})
