"""A schedule of faults is its seed's, leaves time to recover, and leaves no kind and no part out."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.schedule import (
    AMOUNTS,
    CLOCK,
    CUT,
    EVERY_SECONDS,
    FULL,
    KILL,
    KINDS,
    OVER,
    PAST_KINDS,
    PAUSE,
    SCHEMA,
    SILENCE,
    SLOW,
    STALLING,
    schedule,
)

PARTS = ("kafka-1", "registry", "clickhouse", "sinks", "stream_processors")
seeds = st.integers(0, 1 << 32)
lengths = st.floats(1, 7200)


@given(seeds, lengths)
def test_the_same_seed_is_the_same_schedule(seed: int, seconds: float) -> None:
    assert schedule(seed, seconds, PARTS) == schedule(seed, seconds, PARTS)


def test_another_seed_is_another_schedule() -> None:
    assert len({schedule(seed, 600, PARTS) for seed in range(50)}) == 50


@given(seeds, lengths, st.integers(1, 100))
def test_faults_are_spread_over_the_run_and_each_has_time_to_recover(seed: int, seconds: float, count: int) -> None:
    faults = schedule(seed, seconds, PARTS, count)
    assert len(faults) == count
    share = seconds / count
    for number, fault in enumerate(faults):
        begin = share * number
        # Moments and lengths are rounded to a tenth of a second.
        assert begin - 0.1 <= fault.at <= fault.at + fault.seconds <= begin + share * OVER + 0.2
    assert all(one.at <= other.at for one, other in pairwise(faults))


@given(seeds)
def test_without_a_number_faults_are_as_many_as_there_is_time_for(seed: int) -> None:
    assert len(schedule(seed, 10 * EVERY_SECONDS, PARTS)) == 10
    assert len(schedule(seed, 1, PARTS)) == 1


@given(seeds)
def test_no_kind_comes_again_before_each_has_come(seed: int) -> None:
    kinds = [fault.kind for fault in schedule(seed, 600, PARTS, 3 * len(KINDS))]
    for begin in range(0, len(kinds), len(KINDS)):
        assert set(kinds[begin : begin + len(KINDS)]) == set(KINDS)


@given(seeds)
def test_every_part_is_killed_and_halted(seed: int) -> None:
    faults = schedule(seed, 3600, PARTS, len(KINDS) * len(PARTS))
    for kind in (KILL, PAUSE):
        assert sorted(fault.part for fault in faults if fault.kind == kind) == sorted(PARTS)


@given(seeds)
def test_disks_are_filled_and_slowed_where_there_are_any(seed: int) -> None:
    count = 2 * (len(KINDS) + 2)
    faults = schedule(seed, 3600, PARTS, count, ["kafka-1", "home"])
    for kind in (FULL, STALLING):
        assert sorted(fault.part for fault in faults if fault.kind == kind) == ["home", "kafka-1"]
    assert not {fault.kind for fault in schedule(seed, 3600, PARTS, count)} & {FULL, STALLING}


@given(seeds)
def test_networks_are_the_brokers(seed: int) -> None:
    faults = schedule(seed, 3600, PARTS, 3 * len(KINDS))
    assert {fault.part for fault in faults if fault.kind in {CUT, SILENCE, SLOW}} == {"kafka-1"}


@given(seeds)
def test_amounts_are_within_their_limits_and_said(seed: int) -> None:
    for fault in schedule(seed, 3600, PARTS, 3 * len(KINDS)):
        if fault.kind in AMOUNTS:
            least, most, unit = AMOUNTS[fault.kind]
            assert least <= fault.amount <= most
            assert f"{fault.amount} {unit}" in str(fault)


def test_clocks_are_apart_by_less_than_events_may_be_late() -> None:
    assert AMOUNTS[CLOCK][1] - AMOUNTS[CLOCK][0] < 60


@given(seeds)
def test_a_stream_of_the_past_has_no_events_of_today(seed: int) -> None:
    kinds = {fault.kind for fault in schedule(seed, 3600, PARTS, 3 * len(KINDS), kinds=PAST_KINDS)}
    assert kinds == set(KINDS) - {CLOCK, SCHEMA}
