"""Whether an answer is the recomputed one: same columns, same rows in the same order, each value the same."""

from collections.abc import Sequence
from typing import Any

import polars as pl

#: Digits after the point of a rounded measure, where it is not two.
DIGITS = {"lift": 4}


def differences(columns: Sequence[str], rows: Sequence[Sequence[Any]], expected: pl.DataFrame) -> list[str]:
    """What differs, in words; nothing if the answer is right.

    Money, counts, times and words must be equal. A share, mean or lift is a float that the oracle has unrounded: the
    answer must have no more digits than it should, and be as near as these allow (a tie may go either way).
    """
    if list(columns) != expected.columns:
        return [f"the columns are {list(columns)}, expected {expected.columns}"]
    wanted = expected.rows()
    found = [] if len(rows) == len(wanted) else [f"{len(rows)} rows, expected {len(wanted)}"]
    for number, (got, want) in enumerate(zip(rows, wanted, strict=False), 1):
        wrong = [
            f"{name} {value!r}, expected {right!r}"
            for name, value, right in zip(columns, got, want, strict=True)
            if not _same(name, value, right)
        ]
        if wrong:
            found.append(f"row {number} {tuple(got)}: " + "; ".join(wrong))
    return found


def _same(name: str, got: Any, want: Any) -> bool:
    if not isinstance(want, float):
        return bool(got == want)
    digits = DIGITS.get(name, 2)
    slack = 0.5 * 10.0**-digits + 1e-12 * abs(want) + 1e-12
    return got is not None and round(got, digits) == got and abs(got - want) <= slack
