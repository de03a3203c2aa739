"""What an error says in one line."""

import pytest

from schemas.errors import UnreachableError, first_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UnreachableError("Kafka is away.\nAnd more."), "Kafka is away."),
        (OSError(), "OSError"),
        (ValueError("\nsecond"), "ValueError"),
    ],
)
def test_an_error_is_one_line_even_if_it_says_nothing(error: Exception, line: str) -> None:
    """An error without words ended the loop that logged it."""
    assert first_line(error) == line
