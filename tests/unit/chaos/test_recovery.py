"""When a stack has recovered, keeps the pace it had, or stands still, is judged from what was seen of it.

seconds   0        10        20        30
pace      |--10/s--|  fault  |--10/s--|
"""

from dataclasses import replace

import pytest

from tests.chaos.look import COUNTED, PUBLISHED, STORED, State
from tests.chaos.recovery import (
    BEHIND,
    BOUNDED_SECONDS,
    CAUGHT_UP,
    KEEPS_PACE,
    STUCK,
    Judge,
    Recovered,
    Recoveries,
    Standstill,
)

RATE = 100
MOST = BOUNDED_SECONDS * RATE
PARTITION = ("c360.transactions", 0)


def state(at: float, left: int = 0, taken: float = 0, counted_left: int = 0) -> State:
    left_of = {STORED: left, COUNTED: counted_left, PUBLISHED: 0}
    return State(at, sent=int(at * RATE), left=left_of, taken={STORED: int(taken), COUNTED: int(at * RATE)})


def judged(before: list[State], after: list[State]) -> str:
    """What it says of the last state, when the fault began between the two lists."""
    judge = Judge(RATE)
    for one in before:
        judge.saw(one)
    judge.begin()
    end = ""
    for one in after:
        judge.saw(one)
        end = judge.recovered(one)
    return end


PEACE = [state(at, 0, at * RATE) for at in range(11)]
#: It takes in half of what comes.
SLOW = [state(at, at * RATE, at * RATE / 2) for at in range(0, 40, 2)]


def test_little_left_is_caught_up() -> None:
    assert judged(PEACE, [state(20, MOST, 1000)]) == CAUGHT_UP


def read(at: float, stored: int, counted: int) -> State:
    """Little is left, as far as anybody says; by their books the readers have so many records."""
    done = {STORED: {PARTITION: stored}, COUNTED: {PARTITION: counted}}
    return State(at, left={STORED: 0, COUNTED: 0, PUBLISHED: 0}, ends={PARTITION: int(at * RATE)}, done=done)


@pytest.mark.parametrize(
    ("stored", "counted", "end"), [(2000, 2000, CAUGHT_UP), (1999, 2000, ""), (2000, 1999, ""), (0, 2000, "")]
)
def test_each_reader_must_have_what_was_there_when_the_fault_was_over(stored: int, counted: int, end: str) -> None:
    assert judged(PEACE, [read(20, 1000, 1000), read(21, stored, counted)]) == end


def test_little_left_of_a_short_fault_is_not_caught_up_for_who_reads_nothing() -> None:
    """Two seconds of the stream are less than a reader may be behind by."""
    assert judged(PEACE, [read(at, 1000, 100 * at) for at in range(12, 30)]) == ""


def test_one_that_was_behind_and_commits_nothing_does_not_keep_its_pace() -> None:
    """What it says of itself grows with the topic: it is as of its last fetch."""
    again = [state(at, at * RATE, 1900 + (at - 60) * RATE / 2) for at in range(60, 70)]
    assert judged(SLOW, again) == KEEPS_PACE
    stale = [replace(one, done={STORED: {PARTITION: 1900}}) for one in again]
    assert judged(SLOW, stale) == ""
    going = [replace(one, done={STORED: {PARTITION: 1900 + int(one.at)}}) for one in again]
    assert judged(SLOW, going) == KEEPS_PACE


def test_more_left_than_before_is_not() -> None:
    assert judged(PEACE, [state(at, MOST + 1, 1000 + at * 2 * RATE) for at in range(20, 30)]) == ""


def test_a_part_that_does_not_answer_is_not_well_whatever_is_left() -> None:
    judge = Judge(RATE)
    judge.saw(state(1))
    judge.begin()
    silent = State(2, "bolt do not answer", ("bolt",))
    judge.saw(silent)
    assert judge.recovered(silent) == ""


def test_a_reader_that_was_behind_before_has_recovered_when_it_takes_in_as_it_did() -> None:
    again = [state(at, at * RATE, 1900 + (at - 60) * RATE / 2) for at in range(60, 70)]
    assert judged(SLOW, again) == KEEPS_PACE


def test_so_has_one_that_was_only_falling_behind() -> None:
    """After 8 s of half the rate, less is left than counts as behind; it is on its way there."""
    again = [state(at, at * RATE, 400 + (at - 60) * RATE / 2) for at in range(60, 70)]
    assert judged([state(at, at * RATE // 2, at * RATE / 2) for at in range(9)], again) == KEEPS_PACE


def test_a_pace_is_known_after_ten_seconds() -> None:
    judge = Judge(RATE)
    seen = []
    for one in PEACE:
        judge.saw(one)
        seen.append(judge.ready)
    assert seen == [False] * 10 + [True]


def test_one_that_takes_in_less_has_not() -> None:
    again = [state(at, at * RATE, 1900 + (at - 60) * RATE / 4) for at in range(60, 70)]
    assert judged(SLOW, again) == ""


def test_a_pace_is_of_some_seconds_without_trouble() -> None:
    assert judged(SLOW, [state(60, 6000, 1900), state(62, 6200, 2000)]) == ""


def test_another_reader_that_falls_behind_has_not_recovered() -> None:
    again = [state(at, at * RATE, 1900 + (at - 60) * RATE / 2, counted_left=MOST + 1) for at in range(60, 70)]
    assert judged(SLOW, again) == ""


def test_a_standstill_is_that_nothing_gets_better_than_it_ever_was() -> None:
    stands = Standstill(0)
    assert stands.seconds(State(5, "a, b do not answer", ("a", "b"))) == 0
    assert stands.seconds(State(10, "a do not answer", ("a",))) == 0
    assert stands.seconds(State(20, "a, b do not answer", ("a", "b"))) == 10
    assert stands.seconds(state(30, 500, 100)) == 0
    assert stands.seconds(State(40, "a do not answer", ("a",))) == 10
    # A worker that dies again and again comes as far as before each time.
    assert stands.seconds(state(50, 600, 90)) == 0  # COUNTED, by its own clock here, has got further
    frozen = State(60, left={STORED: 700}, taken={STORED: 80})
    assert stands.seconds(frozen) == 10
    assert stands.seconds(State(61, left={STORED: 499}, taken={STORED: 80})) == 0


def test_figures_are_by_part_and_leave_out_what_did_not_recover() -> None:
    recoveries = Recoveries(
        [
            Recovered(CAUGHT_UP, 4.0, ("sinks",), 2.0),
            Recovered(CAUGHT_UP, 10.0, ("sinks",), 3.0),
            Recovered(KEEPS_PACE, 12.0, ("sinks",), 1.0),
            Recovered(BEHIND, 240.0, ("bolt",), 5.0),
            Recovered(STUCK, 240.0, ("registry",)),
        ]
    )
    assert recoveries.figures() == {"recovery_max_s": 12.0, "recoveries_by_pace": 1, "still_behind": 1}
    assert recoveries.count(STUCK) == 1
    assert recoveries.by_part() == {
        "bolt": {
            "kills": 1, "answers_median_s": 5.0, "answers_max_s": 5.0, "caught_up_median_s": None,
            "caught_up_max_s": None, "by_pace": 0, "not_caught_up": 1,
        },
        "sinks": {
            "kills": 3, "answers_median_s": 2.0, "answers_max_s": 3.0, "caught_up_median_s": 10.0,
            "caught_up_max_s": 12.0, "by_pace": 1, "not_caught_up": 0,
        },
    }  # fmt: skip
