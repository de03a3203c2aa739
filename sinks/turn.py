"""One at a time takes down, makes or moves what is in the database: two at once would each find half of the other's."""

import contextlib
import fcntl
from collections.abc import Iterator

from schemas.errors import C360Error
from schemas.private import private
from schemas.settings import Settings


@contextlib.contextmanager
def turn(settings: Settings) -> Iterator[None]:
    """Waits until nobody else with this C360_HOME is at it, in this process or another one. No thread has two.

    Raises:
        C360Error: C360_HOME cannot be written.
    """
    path = settings.home / "run" / "ddl.lock"
    try:
        private(path.parent)
        lock = path.open("w")
    except OSError as error:
        raise C360Error(f"{path} cannot be written: {error.strerror}. Make room, or make it yours.") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
