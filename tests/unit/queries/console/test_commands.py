"""Commands of `c360` on behalf of a page."""

import asyncio

import pytest

from queries.console.commands import Done, c360
from schemas.errors import C360Error, SlowError


def test_a_command_answers_with_what_it_prints() -> None:
    done = asyncio.run(c360("queries", "--format", "json"))
    assert done.code == 0
    assert len(done.answer) == 35


def test_what_is_wrong_is_said_in_its_own_words() -> None:
    done = asyncio.run(c360("sql", "999", "--explain"))
    assert done.code == 2
    with pytest.raises(C360Error, match="There is no sql query '999'"):
        assert done.answer


def test_one_that_says_nothing_is_known_by_its_code() -> None:
    with pytest.raises(C360Error, match="ended with 3"):
        assert Done(3, "", "").answer


def test_one_that_does_not_end_is_ended() -> None:
    with pytest.raises(SlowError, match="'c360 queries' has not ended within 0 s"):
        asyncio.run(c360("queries", seconds=0.0))
