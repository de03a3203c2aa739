"""Features after any order, repetition and batching of events, against a recomputation from scratch.

days    ... -95 .. -90 ......... -30 ..... -7 ... -1   0 (the clock's)
90d                |<------------------------------------>|
24h                                            |<------>|      whole hours, whole days, the clock's own included
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import records
from stream_processors.churn.model import churn_model
from stream_processors.features.arrays import Dump
from stream_processors.features.categories import Listed
from stream_processors.features.rows import feature_columns
from stream_processors.features.state import PartitionState
from tests.unit.stream_processors.features.brute import DAY, HOUR, TYPES, Event, decayed, rates, recompute

START = 1_700_000_000_000
STATUS = records.symbols("transaction", "status")
TYPE = records.symbols("interaction", "type")

times = st.one_of(
    st.integers(START - 100 * DAY, START),
    st.integers(START - 8 * DAY, START),
    st.integers(START - 26 * HOUR, START),
    st.integers(0, 100).map(lambda days: (START // DAY - days) * DAY),
    st.integers(0, 26).map(lambda hours: (START // HOUR - hours) * HOUR - 1),
)


products = st.sampled_from([1, 2, 3, 256, 4_294_967_295])
#: More than fit into one word of a set.
catalogues = st.dictionaries(products, st.sampled_from(["", "home", *(f"c{number}" for number in range(200))]))


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """Events of up to five customers; some ids are dense, some far apart."""
    out = []
    for number in range(draw(st.integers(1, 40))):
        at, customer = draw(times), draw(st.sampled_from([1, 2, 255, 256, 4_294_967_295]))
        far = draw(st.sampled_from([0, 1 << 40, 5 << 40]))
        if draw(st.booleans()):
            status = draw(st.sampled_from(STATUS))
            cents, product = draw(st.integers(-9_999, 9_999)), draw(products)
            out.append(Event(number + far, customer, at, status=status, cents=cents, product=product))
        else:
            out.append(Event(number + far, customer, at, type=draw(st.sampled_from(TYPES))))
    return out


def longs(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


def feed(state: PartitionState, batch: list[Event]) -> None:
    transactions = [event for event in batch if event.status]
    interactions = [event for event in batch if event.type]
    state.transactions(
        longs([event.number for event in transactions]),
        longs([event.customer for event in transactions]),
        longs([event.product for event in transactions]),
        longs([event.cents for event in transactions]),
        np.array([STATUS.index(event.status) for event in transactions], np.uint8),
        longs([event.ts for event in transactions]),
    )
    state.interactions(
        longs([event.number for event in interactions]),
        longs([event.customer for event in interactions]),
        np.array([TYPE.index(event.type) for event in interactions], np.uint8),
        longs([event.ts for event in interactions]),
    )


def listed(catalogue: dict[int, str]) -> Listed:
    names = list(dict.fromkeys(catalogue.values()))
    codes = np.array([names.index(name) for name in catalogue.values()], np.int32)
    return Listed(longs(list(catalogue)), codes, names)


def check(state: PartitionState, fed: list[Event], catalogue: dict[int, str] | None = None) -> None:
    clock = max(event.ts for event in fed)
    assert state.clock == clock
    for customer in {event.customer for event in fed if event.counts}:
        (row,) = state.index.find(longs([customer]))
        expected = recompute(fed, customer, clock, catalogue or {})
        assert {name: int(state.columns[name][row]) for name in expected} == expected
        short, long = (decay.values(longs([row]), clock)[0] for decay in (state.short, state.long))
        assert short == pytest.approx(decayed(fed, customer, clock, 7), rel=1e-9)
        assert long == pytest.approx(decayed(fed, customer, clock, 90), rel=1e-9)
        said = feature_columns(state, longs([row]), churn_model(), {})
        found = (said["purchase_rate"][0], said["activity_rate"][0])
        assert found == pytest.approx(rates(expected, clock))
        assert said["engagement_long"][0] == pytest.approx(100 * (1 - math.exp(-long / (5.0 * 90 / 7))))
        assert said["engagement"][0] == pytest.approx(100 * (1 - math.exp(-short / 5.0)))


@settings(max_examples=60, deadline=None)
@given(events(), st.data())
def test_any_order_any_repeats_any_batches_any_restart(drawn: list[Event], data: st.DataObject) -> None:
    arriving = data.draw(st.permutations([*drawn, *data.draw(st.lists(st.sampled_from(drawn), max_size=10))]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arriving)), max_size=5)))
    state, fed = PartitionState(), []
    dumps: list[Dump] = []
    catalogue: dict[int, str] = {}
    for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True):
        feed(state, arriving[start:end])
        fed += arriving[start:end]
        if data.draw(st.booleans()):
            catalogue = data.draw(catalogues)
            before = state.columns["categories"][: state.index.size].copy()
            changed = state.catalogue(listed(catalogue))
            after = state.columns["categories"][: state.index.size]
            assert changed.tolist() == np.flatnonzero(before != after).tolist()
        whole, restart = data.draw(st.booleans()) or not dumps, data.draw(st.booleans())
        dumps = [state.dump(whole=True)] if whole else [*dumps, state.dump(whole=False)]
        if restart:
            state = PartitionState()
            for dump in dumps:
                state.apply(dump())
    check(state, fed, catalogue)


@pytest.mark.parametrize("seed", range(3))
def test_a_long_dense_stream_with_late_events(seed: int) -> None:
    random = np.random.default_rng(seed)
    state, fed = PartitionState(), []
    for step in range(60):
        batch = []
        for number in range(120):
            at = START + step * 9 * HOUR - int(random.exponential(3 * HOUR))
            at -= int(random.random() < 0.05) * int(random.integers(0, 100 * DAY))
            kind = random.random()
            ident, customer = step * 120 + number, int(random.integers(1, 30))
            if kind < 0.3:
                status = str(random.choice(STATUS[1:]))
                cents, product = int(random.integers(-500, 5_000)), int(random.integers(1, 60))
                batch.append(Event(ident, customer, at, status=status, cents=cents, product=product))
            else:
                batch.append(Event(ident, customer, at, type=str(random.choice(TYPES))))
        feed(state, batch)
        fed += batch
        if step % 20 == 10:
            catalogue = {product: f"category {random.integers(0, 20)}" for product in range(step, 60)}
            state.catalogue(listed(catalogue))
    check(state, fed, catalogue)


def test_tiles_that_hold_much_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_processors.features.tiles.COMPACT_AT", 10)
    state, fed = PartitionState(), []
    for step in range(40):
        batch = [Event(step * 20 + at, 1 + at % 3, START + step * HOUR // 3, type="view") for at in range(20)]
        batch += [Event(step * 20 + at, 1 + at % 4, START, status="completed", cents=100 + at) for at in range(20)]
        feed(state, batch)
        fed += batch
    feed(state, [Event(10_000, 1, START + 2 * DAY, type="cart")])
    check(state, [*fed, Event(10_000, 1, START + 2 * DAY, type="cart")])


def test_decades_do_not_overflow_the_decayed_sums() -> None:
    state, fed = PartitionState(), []
    for step in range(0, 40 * 365, 200):
        batch = [Event(step, 1, START + step * DAY, type="share")]
        feed(state, batch)
        fed += batch
    check(state, fed)
    assert state.short.landmark > 1_577_836_800_000


def test_who_is_steadily_active_is_as_engaged_by_either_half_life() -> None:
    """A view a day for two years, a view every third day, and one who came every day and stopped two weeks ago."""
    state = PartitionState()
    days = [(customer, day) for customer, every in ((1, 1), (2, 3), (3, 1)) for day in range(0, 730, every)]
    feed(state, [
        Event(number, customer, START + day * DAY, type="view")
        for number, (customer, day) in enumerate(days)
        if customer != 3 or day < 715
    ])  # fmt: skip
    said = feature_columns(state, state.index.find(longs([1, 2, 3])), churn_model(), {})
    often, seldom, gone = zip(said["engagement"], said["engagement_long"], said["engagement_trend"], strict=True)
    for mine in (often, seldom):  # but for how long ago the last one is
        assert mine[0] == pytest.approx(mine[1], abs=6)
    assert often[2] == pytest.approx(0.5, abs=0.02)
    assert 80 < often[1] < 90
    assert 40 < seldom[1] < 55
    assert gone[0] < 50 < gone[1]
    assert gone[2] < 0.3


def test_of_customer_records_the_highest_version_wins() -> None:
    state = PartitionState()
    no = np.zeros(3, np.bool_)
    segments = np.array([1, 2, 3], np.uint8)
    assert state.profiles(longs([7, 7, 8]), segments, longs([2, 5, 1]), no).rows.tolist() == [0, 1]
    assert state.columns["segment"][:2].tolist() == [2, 3]
    old = state.profiles(longs([7]), segments[:1], longs([4]), no[:1])
    assert [part.tolist() for part in old] == [[], [], [], []]
    assert state.columns["segment"][0] == 2


@pytest.mark.parametrize("batches", [1, 2])
def test_of_equal_versions_the_last_wins_as_in_clickhouse(batches: int) -> None:
    state, no = PartitionState(), np.zeros(2, np.bool_)
    segments = np.array([1, 2], np.uint8)
    for places in np.split(np.arange(2), batches):
        state.profiles(longs([7, 7])[places], segments[places], longs([4, 4])[places], no[places])
    assert state.columns["segment"][0] == 2


@pytest.mark.parametrize("version", [2, 3, 4])
def test_who_was_erased_is_there_again_by_a_record_that_is_not_older(version: int) -> None:
    state = PartitionState()
    yes, segments = np.ones(1, np.bool_), np.array([2], np.uint8)
    state.profiles(longs([7]), segments, longs([1]), ~yes)
    gone = state.profiles(longs([7]), segments, longs([3]), yes)
    assert [part.tolist() for part in gone] == [[], [7], [], []]
    again = state.profiles(longs([7]), segments, longs([version]), ~yes)
    back = [0] if version >= 3 else []
    assert [part.tolist() for part in again] == [back, [], back, []]
    assert state.columns["erased"][0] == (version < 3)


@pytest.mark.parametrize("order", ["ererer", "eeerrr", "rrreee", "rreeer"])
def test_what_the_erased_do_counts_whenever_their_records_are_read(order: str) -> None:
    """A worker that starts over may read topics in another order, or the last record alone: compaction spares no other.

    There, erased and there again (r) while things happen (e).
    """
    happened = [
        [Event(1, 7, START, type="view"), Event(2, 8, START, type="view")],
        [Event(3, 7, START + HOUR, type="view"), Event(4, 7, START + HOUR, status="completed", product=1)],
        [Event(5, 7, START + 2 * HOUR, type="view")],
    ]
    state, batches, versions = PartitionState(), iter(happened), iter(range(3))
    state.catalogue(listed({1: "home"}))
    for step in order:
        if step == "e":
            feed(state, next(batches))
        else:
            version = next(versions)
            state.profiles(longs([7]), np.array([1], np.uint8), longs([version]), np.array([version == 1]))
    check(state, [event for batch in happened for event in batch], {1: "home"})


def test_events_of_the_erased_are_told() -> None:
    state = PartitionState()
    state.profiles(longs([7]), np.array([1], np.uint8), longs([3]), np.ones(1, np.bool_))
    applied = state.interactions(longs([6, 7]), longs([7, 8]), np.array([1, 1], np.uint8), longs([START, START]))
    assert (applied.erased, len(applied.rows)) == (1, 2)
