"""What is counted at the end of a run sees what is wrong."""

from collections import Counter

import pytest

from tests.chaos.alerts import Alerts, differing
from tests.chaos.checks import apart
from tests.chaos.sender import Place

ONE, OTHER = ("c360.transactions", 0, 7), ("c360.transactions", 1, 7)


@pytest.mark.parametrize(
    ("letters", "poison", "wrong"),
    [
        ([ONE, OTHER], [OTHER, ONE], 0),
        ([ONE], [ONE, OTHER], 1),
        ([ONE, OTHER], [ONE], 1),
        ([ONE, ONE], [ONE], 1),
        ([ONE], [OTHER], 2),
    ],
)
def test_letters_are_the_poison_place_by_place(letters: list[Place], poison: list[Place], wrong: int) -> None:
    assert apart(Counter(letters), Counter(poison)) == wrong


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ({"a": {(1,)}}, {"a": {(1,)}}, []),
        ({"a": {(1,)}}, {}, ["a"]),
        ({}, {"a": {(1,)}}, ["a"]),
        ({"a": {(1,)}, "b": {(2,)}}, {"a": {(3,)}, "c": {(2,)}}, ["a", "b", "c"]),
        ({"a": {(1,), (2,)}}, {"a": {(1,), (2,)}}, ["a"]),
    ],
)
def test_alerts_are_the_same_ids_that_say_the_same(first: Alerts, second: Alerts, found: list[str]) -> None:
    assert differing(first, second) == found
