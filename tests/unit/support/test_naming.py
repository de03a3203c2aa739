"""A test's name as that of what belongs to it alone."""

import pytest

from tests.support.naming import LONGEST, named


@pytest.mark.parametrize("words", ["o'ne and anöther"])
def test_signs_that_a_database_may_not_have_are_replaced(request: pytest.FixtureRequest, words: str) -> None:
    assert named(request, 200).startswith("signs_that_a_database_may_not_have_are_replaced_o_ne_and_an")
    assert words not in named(request, 200)
    assert named(request, 200).isascii()
    assert named(request, 200).isidentifier()


def test_a_name_that_is_so_long_that_files_could_not_bear_it_is_cut(request: pytest.FixtureRequest) -> None:
    assert named(request) == "a_name_that_is_so_long_that_files_could_not_bear_it_is_cut"[:LONGEST]
    assert named(request, 6) == "a_name"
