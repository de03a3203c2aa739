"""Events are a pure function of their sequence number, and tell a story that holds together."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.world.draws import Integers
from producers.world.events import CANCELLED, COMPLETED, REFUNDED_STATUS
from producers.world.traffic import EVENTS
from producers.world.visits import Layout
from schemas.ids import LAST_VERSION, SEQUENCE_BITS, event_id
from tests.unit.producers.worlds import ALL, DAY_MS, EPOCH_MS, Record, plan, records, together, world

BOTH = pytest.mark.parametrize("history", [True, False], ids=["history", "live"])


def by_key(sent: list[Record]) -> dict[tuple[str, bytes], list[Record]]:
    """Records of each topic and key, in order."""
    found: dict[tuple[str, bytes], list[Record]] = defaultdict(list)
    for record in sent:
        found[record[0], record[1]].append(record)
    return found


@BOTH
@pytest.mark.parametrize("workers", [2, 3])
def test_same_bytes_and_order_within_a_key_whatever_the_workers(history: bool, workers: int) -> None:
    alone = records(plan(30_000, history))
    shared = [record for one in range(workers) for record in records(plan(30_000, history), 8192, one, workers)]
    assert len(alone) == 30_000
    assert sorted(alone) == sorted(shared)
    assert by_key(alone) == by_key(shared)


@BOTH
@settings(max_examples=8, deadline=None)
@given(batch=st.integers(100, 65_536))
def test_same_bytes_whatever_the_batch(history: bool, batch: int) -> None:
    assert records(plan(12_000, history), batch) == records(plan(12_000, history))


@given(stride=st.integers(0, 17), event=st.integers(0, EVENTS - 1), visits=st.lists(st.integers(0, 1 << 36)))
def test_where_a_visit_lies_and_back(stride: int, event: int, visits: list[int]) -> None:
    layout = Layout(stride, stride)
    visit = np.array(visits, np.int64)
    sequence = layout.sequence(visit, event)
    real = sequence >= 0
    found, which = layout.locate(sequence[real])
    assert found.tolist() == visit[real].tolist()
    assert set(which.tolist()) <= {event}


@BOTH
def test_ids_are_dense_and_differ_between_streams_and_runs(history: bool) -> None:
    first, other = plan(20_000, history), plan(20_000, history, source=4)
    ids: list[Integers] = []
    for one in (first, other):
        for stream, column in (("interactions", "interaction_id"), ("transactions", "transaction_id")):
            part = together(one, stream)
            assert (part.columns[column] == (one.source << SEQUENCE_BITS | part.sequence)).all()
            assert (part.columns["ts"] == part.ts).all()
            ids.append(part.columns[column])
        ids.append(one.source << SEQUENCE_BITS | together(one, "customers").sequence)
    flat = np.concatenate(ids)
    assert len(np.unique(flat)) == len(flat) == 40_000
    assert flat.min() == event_id(3, 0)
    assert flat.max() == event_id(4, 19_999)


@BOTH
def test_a_refund_takes_back_a_completed_purchase_once(history: bool) -> None:
    run = plan(120_000, history)
    sales = together(run, "transactions")
    columns = sales.columns
    place = {number: at for at, number in enumerate(columns["transaction_id"].tolist())}
    refunds = np.flatnonzero(columns["status"] == REFUNDED_STATUS)
    assert len(refunds) > 100
    seen = set()
    for at in refunds.tolist():
        bought = place[int(columns["refers_to"][at])]
        assert bought < at
        assert sales.ts[bought] <= sales.ts[at]
        assert columns["status"][bought] == COMPLETED
        for same in ("customer_id", "product_id", "quantity"):
            assert columns[same][bought] == columns[same][at]
        assert 0 < -columns["amount"][at] <= columns["amount"][bought]
        seen.add(bought)
    assert len(seen) == len(refunds)


@BOTH
def test_amounts_and_shares(history: bool) -> None:
    run = plan(120_000, history)
    acts, sales, changes = (together(run, stream) for stream in ("interactions", "transactions", "customers"))
    mix = dict(run.mix)
    for part, stream in ((acts, "interactions"), (sales, "transactions"), (changes, "customers")):
        assert len(part.sequence) / 120_000 == pytest.approx(mix[stream] / sum(mix.values()), rel=0.02, abs=0.0005)
    shares = np.bincount(acts.columns["type"], minlength=6)[1:] / len(acts.sequence)
    assert shares == pytest.approx([0.40, 0.25, 0.15, 0.10, 0.10], abs=0.01)
    paid = sales.columns["amount"][sales.columns["status"] != REFUNDED_STATUS]
    assert paid.min() >= 10_00
    assert paid.max() <= 5_000_00
    assert (sales.columns["status"] == CANCELLED).mean() == pytest.approx(0.04, abs=0.01)
    assert acts.columns["duration_seconds"].min() >= 1


def test_the_mix_is_steady_in_a_live_stream() -> None:
    run = plan(200_000, history=False, rate=20_000)
    sales = together(run, "transactions").sequence
    share = dict(run.mix)["transactions"] / sum(dict(run.mix).values())
    for first in range(0, 200_000, 20_000):
        assert ((sales >= first) & (sales < first + 20_000)).sum() / 20_000 == pytest.approx(share, abs=0.02)


def test_a_change_has_the_newest_version_of_its_time() -> None:
    changes = together(plan(60_000, history=True), "customers")
    assert (changes.columns["version"] > 1).all()
    assert (changes.columns["version"] // 1000 == changes.ts).all()
    # Who is erased for good has the last version: a history that is laid again is older.
    assert changes.columns["version"].max() < LAST_VERSION


def test_nobody_visits_before_registering_or_after_dropping_out() -> None:
    run = plan(60_000, history=True)
    acts = together(run, "interactions")
    # A visit lasts minutes: within the hour before an event its visit began.
    begun = world().customers.active(acts.customer, acts.ts) | world().customers.active(acts.customer, acts.ts - DAY_MS)
    assert begun.all()


def test_history_is_within_its_span_and_grows() -> None:
    run = plan(50_000, history=True)
    times = run.timeline.times(np.arange(50_001))
    assert times[0] == EPOCH_MS
    assert times[-1] == EPOCH_MS + 395 * DAY_MS
    assert (np.diff(times) >= 0).all()
    assert (times < EPOCH_MS + 200 * DAY_MS).mean() < 0.45


def test_live_times_are_start_plus_sequence_over_rate() -> None:
    run = plan(10, history=False, rate=3)
    assert (run.timeline.times(np.arange(7)) - run.start).tolist() == [0, 333, 666, 1000, 1333, 1666, 2000]


def test_only_the_streams_that_were_asked_for() -> None:
    events = plan(5000, history=True).drawn(world())
    assert set(events.parts(0, 5000, frozenset({"transactions"}))) == {"transactions"}
    whole = events.parts(0, 5000, ALL)["transactions"]
    alone = events.parts(0, 5000, frozenset({"transactions"}))["transactions"]
    assert (whole.columns["transaction_id"] == alone.columns["transaction_id"]).all()
