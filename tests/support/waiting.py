"""Waiting for a condition, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds after which a program is taken for hung: it only ends what never would, and says nothing of speed.
GIVE_UP = 600.0
#: How much longer than on a quiet machine a condition may take where the suite shares slow cores with others.
PATIENCE = 5.0


def wait_for(condition: Callable[[], T], what: str, seconds: float = 30.0, every: float = 0.1) -> T:
    """The condition's first true value; fails with `what` when none came in `seconds` times PATIENCE."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not: {what} (last: {value!r})")
        time.sleep(every)
