"""Whether two databases give the same rows: as bags, numbers to nine digits, times to the millisecond."""

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

DIGITS = 1e-9
Number = (int, float, Decimal)


def same(ours: Sequence[Sequence[Any]], theirs: Sequence[Sequence[Any]]) -> bool:
    """Whether they are; sums of floats differ in their last digits with the order in which they were added."""
    if len(ours) != len(theirs):
        return False
    first, second = (sorted(map(_row, rows), key=_place) for rows in (ours, theirs))
    return all(_same_row(one, other) for one, other in zip(first, second, strict=True))


def _row(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_value(value) for value in row)


def _value(value: Any) -> Any:
    if isinstance(value, Number):
        return float(value)
    if hasattr(value, "to_native"):
        value = value.to_native()
    if isinstance(value, dt.datetime):
        # Kuzu's have no zone: they are UTC.
        moment = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
        return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}"
    return value


def _place(row: tuple[Any, ...]) -> tuple[list[str], list[float]]:
    """Words first, so that what differs by rounding alone stands in the same place."""
    words = [str(value) for value in row if not isinstance(value, float)]
    return words, [value for value in row if isinstance(value, float)]


def _same_row(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(one) == len(other) and all(map(_same_value, one, other))


def _same_value(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=DIGITS, abs_tol=DIGITS)
    return bool(one == other)
