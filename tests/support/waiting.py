"""Waiting for a condition, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], what: str, seconds: float = 30.0, every: float = 0.1) -> T:
    """The condition's first true value; fails with `what` when none came in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not: {what} (last: {value!r})")
        time.sleep(every)
