"""Refused records are read in runs: what lies near is read through, what lies far is sought, few are held at once."""

from hypothesis import given
from hypothesis import strategies as st

from sinks.refused import HELD, NEAR, Refused, runs


def refused(*offsets: int) -> list[Refused]:
    """At these offsets of one partition."""
    return [Refused("t", 0, offset, 1_000, "why", 2_000) for offset in offsets]


def offsets(found: list[list[Refused]]) -> list[list[int]]:
    return [[one.offset for one in run] for run in found]


def test_near_ones_are_one_run_and_far_ones_are_not() -> None:
    last = 5 + NEAR
    assert offsets(list(runs(refused(0, 5, last, last + NEAR + 1)))) == [[0, 5, last], [last + NEAR + 1]]


def test_a_run_holds_so_many_at_most() -> None:
    assert [len(run) for run in runs(refused(*range(2 * HELD + 1)))] == [HELD, HELD, 1]


@given(st.sets(st.integers(0, 10 * NEAR), min_size=1))
def test_each_is_in_one_run_in_order(places: set[int]) -> None:
    found = offsets(list(runs(refused(*sorted(places)))))
    assert [offset for run in found for offset in run] == sorted(places)


def test_a_place_says_which_record_it_is_whatever_the_reason() -> None:
    one = Refused("t", 1, 2, 3, "why", 4)
    assert one.place == one._replace(reason="another", refused_at=9).place
    assert one.place != one._replace(timestamp=4).place
