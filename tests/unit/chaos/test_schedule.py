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
    RESTART,
    SCHEMA,
    SILENCE,
    SLOW,
    SOON_SECONDS,
    STALLING,
    Fault,
    grouped,
    kills,
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


@given(seeds, lengths)
def test_faults_that_overlap_begin_amid_the_one_before_and_never_in_it_alone(seed: int, seconds: float) -> None:
    faults = schedule(seed, seconds, PARTS, 40, ["kafka-1", "home"], overlap=1.0)
    for group in grouped(faults):
        assert [fault.amid for fault in group] == [False, True][: len(group)]
        for one, other in pairwise(group):
            assert one.at - 0.1 <= other.at <= one.at + max(one.seconds, SOON_SECONDS) + 0.1
            assert "amid that" in str(other)


@given(seeds)
def test_no_broker_is_started_by_two_faults_and_no_part_has_two(seed: int) -> None:
    faults = schedule(seed, 3600, PARTS, 200, ["kafka-1", "home"], overlap=1.0)
    for group in grouped(faults):
        kinds, parts = [fault.kind for fault in group], [fault.part for fault in group if fault.part]
        assert len(set(parts)) == len(parts)
        assert not ({RESTART, FULL} & set(kinds) and sum(kind in {RESTART, FULL, KILL} for kind in kinds) > 1)


@given(seeds)
def test_what_overlaps_is_the_same_faults_as_without(seed: int) -> None:
    def what(faults: tuple[Fault, ...]) -> list[tuple[str, str, float, int]]:
        return [(one.kind, one.part, one.seconds, one.amount) for one in faults]

    assert what(schedule(seed, 600, PARTS, overlap=0.5)) == what(schedule(seed, 600, PARTS))


def test_a_share_of_the_faults_overlaps() -> None:
    amid = sum(fault.amid for fault in schedule(7, 36000, PARTS, 1000, overlap=0.25))
    assert 100 < amid < 300


@given(seeds, lengths, st.integers(1, 20))
def test_kills_are_as_many_of_each_part_by_rounds_and_nothing_else(seed: int, seconds: float, count: int) -> None:
    faults = kills(seed, seconds, PARTS, count)
    assert {(fault.kind, fault.seconds) for fault in faults} == {(KILL, 0.0)}
    for begin in range(0, len(faults), len(PARTS)):
        assert sorted(fault.part for fault in faults[begin : begin + len(PARTS)]) == sorted(PARTS)
    assert len(faults) == count * len(PARTS)
    assert all(0 <= one.at <= other.at <= seconds for one, other in pairwise(faults))
    assert faults == kills(seed, seconds, PARTS, count)
