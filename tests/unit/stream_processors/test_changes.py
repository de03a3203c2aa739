"""Every change is published once, the urgent ones first."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.changes import Changes

rows = st.lists(st.integers(0, 30), max_size=12)


def longs(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


@given(st.lists(st.tuples(rows, st.integers(0, 8))))
def test_each_changed_row_is_taken_exactly_once(steps: list[tuple[list[int], int]]) -> None:
    changes, waiting = Changes(), set()
    for added, most in steps:
        changes.add(longs(added), longs(added) % 3 == 0)
        waiting |= set(added)
        taken = changes.take(most).tolist()
        assert len(taken) == min(most, len(waiting))
        assert len(set(taken)) == len(taken)
        assert set(taken) <= waiting
        waiting -= set(taken)
        assert len(changes) == len(waiting)
    assert set(changes.take(100).tolist()) == waiting


def test_urgent_ones_go_first_then_the_longest_waiting() -> None:
    changes = Changes()
    changes.add(longs([5, 6, 7]))
    changes.add(longs([8, 6]), np.array([True, False]))
    changes.add(longs([7]), np.array([True]))
    assert changes.take(3).tolist() == [8, 7, 5]
    assert changes.take(3).tolist() == [6]


def test_dropped_rows_wait_no_more() -> None:
    changes = Changes()
    changes.add(longs([1, 2, 3]))
    changes.drop(longs([2, 9]))
    assert len(changes) == 2
    assert changes.take(9).tolist() == [1, 3]


def test_what_waits_survives_a_restart() -> None:
    changes, again = Changes(), Changes()
    changes.grow(5_000)
    changes.add(longs([4_000, 2]))
    changes.bands[2] = 3
    again.apply(changes.dump(4_500)())
    assert sorted(again.take(9).tolist()) == [2, 4_000]
    assert again.bands[2] == 3
