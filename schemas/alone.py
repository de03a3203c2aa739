"""One process at a time for work that another one of its kind would spoil."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from schemas.errors import C360Error
from schemas.private import private


@contextlib.contextmanager
def alone(lock: Path, refusal: str) -> Iterator[None]:
    """Holds a lock file while it lasts; its folder is made, for its owner alone, if there is none.

    Raises:
        C360Error: with the words of `refusal`, when another process holds it.
    """
    private(lock.parent)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise C360Error(refusal) from None
        yield
