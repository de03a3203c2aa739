"""The timer wheel against one tick a row in a dictionary."""

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.churn.wheel import NEVER, Wheel

ROWS = 2


class Step(NamedTuple):
    """Some rows' ticks, counted from the present one, are set; then some ticks pass."""

    ahead: dict[int, int]
    passing: int


STEPS = st.builds(
    Step, st.dictionaries(st.integers(0, ROWS - 1), st.integers(1, 3) | st.just(NEVER)), st.integers(0, 2)
)


@given(st.lists(STEPS, min_size=20, max_size=40))
def test_a_row_is_woken_once_at_the_earliest_tick_set(steps: list[Step]) -> None:
    wheel, model, now = Wheel(), dict[int, int](), 0
    for step in steps:
        ticks = {row: NEVER if ahead == NEVER else now + ahead for row, ahead in step.ahead.items()}
        _set(wheel, ticks)
        model |= {row: tick for row, tick in ticks.items() if tick < model.get(row, NEVER)}
        upto = now + step.passing
        due = sorted(row for row, tick in model.items() if tick <= upto)
        assert sorted(wheel.pop(now, upto).tolist()) == due
        model = {row: tick for row, tick in model.items() if tick > upto}
        now = upto


def test_a_row_set_again_for_the_tick_it_had_before_an_earlier_one_is_woken_once() -> None:
    """It was woken twice, and an episode's alert was raised twice."""
    wheel = Wheel()
    _set(wheel, {3: 10})
    _set(wheel, {3: 9})
    assert wheel.pop(0, 9).tolist() == [3]
    _set(wheel, {3: 10})
    assert wheel.pop(9, 10).tolist() == [3]


def _set(wheel: Wheel, ticks: dict[int, int]) -> None:
    wheel.set(np.array(list(ticks), np.int64), np.array(list(ticks.values()), np.int64))
