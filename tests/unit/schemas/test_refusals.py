"""Runs of records that cannot be used, counted over batches."""

import pytest

from schemas.refusals import follow, held
from schemas.settings import Settings


@pytest.mark.parametrize(
    ("run", "bad", "count", "limit", "expected"),
    [
        (0, [], 3, 2, (0, None)),
        (0, [2], 3, 2, (1, None)),  # at the end: the next batch may go on
        (1, [0], 3, 2, (2, 0)),
        (1, [1], 3, 2, (0, None)),  # a good one in between
        (1, [0, 1], 2, 9, (3, None)),
        (0, [0, 2, 3, 4], 5, 3, (3, 4)),
        (0, [0, 1, 2], 4, 3, (3, 2)),
        (5, [], 0, 3, (5, None)),  # of nothing, nothing is known
        (7, [0, 1], 2, 0, (9, None)),
    ],
)
def test_a_run_goes_over_batches_and_ends_with_a_good_record(
    run: int, bad: list[int], count: int, limit: int, expected: tuple[int, int | None]
) -> None:
    assert follow(run, bad, count, limit) == expected


def test_what_is_said_is_one_line_with_all_that_is_needed() -> None:
    said = str(held(Settings(dead_letter_run=500), "c360.transactions/3", 4711, 500, "the first byte is 103", 4300))
    for word in ("c360.transactions/3", "4711", "500 records in a row", "the first byte is 103", "4300", "C360_DEAD_"):
        assert word in said
    assert "\n" not in said
