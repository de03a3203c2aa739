"""What a user may ask for by the settings of a request."""

import pytest

from sinks.embedded.engine import ROLE_WRITER
from sinks.embedded.users import LONGEST_QUERY, USUAL_QUERY, User


@pytest.mark.parametrize(
    ("asked", "bytes_"),
    [
        ({}, USUAL_QUERY),
        ({"max_query_size": "1000"}, 1000),
        ({"max_query_size": "0"}, LONGEST_QUERY),
        ({"max_query_size": "9" * 20}, LONGEST_QUERY),
        # The engine refuses these: what they would be is not asked of Python, which makes no such numbers.
        ({"max_query_size": "9" * 5000}, USUAL_QUERY),
        ({"max_query_size": "much"}, USUAL_QUERY),
    ],
    ids=["usual", "less", "no bound", "as far as it may", "thousands of digits", "words"],
)
def test_how_long_a_query_may_be(asked: dict[str, str], bytes_: int) -> None:
    assert User("w", ROLE_WRITER).longest_query(asked) == bytes_
