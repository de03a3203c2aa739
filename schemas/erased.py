"""Who was erased for good, by number, in a file of C360_HOME: what it holds outlives the restore of an older backup.

A line for each: the topic that names them no more, the number, and when it was noted. Twice counts once.
"""

import fcntl
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from schemas.durable import sync
from schemas.errors import C360Error
from schemas.ids import MAX_ENTITY
from schemas.settings import Settings
from schemas.topics import CUSTOMERS

#: Below C360_HOME.
NAME = "erased_customers"
#: Below C360_HOME from a restore on, until everybody in the file is erased in what was restored.
RESTORED = "restored"
_LINE = re.compile(r"([A-Za-z0-9._-]+) ([1-9][0-9]{0,9}) ([0-9:TZ+-]+)")

Noted = Mapping[tuple[str, int], str]
"""By topic and number, since when."""


def remembered(settings: Settings) -> set[int]:
    """The numbers of this installation's; nobody where there is no file.

    Raises:
        C360Error: it cannot be read, or a line is none of ours.
    """
    own = CUSTOMERS.name(settings)
    return {number for topic, number in _read(settings.home) if topic == own}


def remember(settings: Settings, customers: Iterable[int]) -> None:
    """Notes who is not noted yet, and returns once that is on the disk.

    Raises:
        C360Error: it cannot be written; or see remembered().
    """
    topic, now = CUSTOMERS.name(settings), datetime.now(UTC).isoformat(timespec="seconds")
    _unite(settings.home, {(topic, number): now for number in customers})


def carry_over(source: Path, target: Path) -> None:
    """Notes in one home who is noted in another, of whatever installation.

    Raises:
        C360Error: as the others.
    """
    _unite(target, _read(source))


def _read(home: Path) -> Noted:
    path = home / NAME
    try:
        text = path.read_bytes().decode("utf-8", "backslashreplace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unusable(path, error) from None
    found: dict[tuple[str, int], str] = {}
    # A line without its end was cut off by a crash: nothing that comes after it was done.
    for place, line in enumerate(text.split("\n")[:-1], start=1):
        parts = _LINE.fullmatch(line)
        if parts is None or int(parts[2]) > MAX_ENTITY:
            raise C360Error(
                f"{path}, line {place}: {line[:80]!r} is not a topic, a customer's number and a time. Correct it, or "
                "remove it and erase again whom it meant ('c360 forget')."
            )
        found.setdefault((parts[1], int(parts[2])), parts[3])
    return found


def _unite(home: Path, noted: Noted) -> None:
    if not noted:
        return
    path = home / NAME
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            missing = sorted(noted.keys() - _read(home).keys())
            if not missing:
                return
            file.truncate(file.read().rfind(b"\n") + 1)
            file.write("".join(f"{topic} {number} {noted[topic, number]}\n" for topic, number in missing).encode())
            file.flush()
            os.fsync(file.fileno())
        sync(home)
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: OSError) -> C360Error:
    return C360Error(
        f"{path}, which holds who is erased, cannot be read and written: {error.strerror}. Make room, or make it yours."
    )
