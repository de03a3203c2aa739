"""Who may come in: keys by name, and how many requests each may send."""

import hashlib
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import SettingError
from schemas.settings import Settings

log = logging.getLogger("queries.api")

#: The name of the key that is a setting or a secret of the embedded stack.
FIRST = "default"
SHORTEST = 16
#: A key has a burst of so many seconds' worth of requests.
BURST_SECONDS = 2.0
#: Seconds between two looks for buckets that are full again, and tell nothing.
FORGET_SECONDS = 60.0
_HASHED = re.compile(r"sha256:([0-9a-f]{64})")


class Keys:
    """The keys of an installation, as digests alone; those of the file are read again when it changes."""

    def __init__(self, settings: Settings) -> None:
        self._first = {digest(settings.api_secret): FIRST}
        self._path = Path(settings.api_keys_file) if settings.api_keys_file else None
        self._seen: tuple[int, int, int] | None = None
        self._known = self._first
        if self._path is not None:
            self._seen = _stamp(self._path)
            self._known = {**read_keys(self._path), **self._first}

    def name_of(self, key: str) -> str | None:
        """The name of a key; None where there is no such key."""
        self._refresh()
        # Found by its digest, which says nothing about a key that is nearly right.
        return self._known.get(digest(key))

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            seen = _stamp(self._path)
            if seen == self._seen:
                return
            self._seen = seen
            self._known = {**read_keys(self._path), **self._first}
        except SettingError as error:
            log.warning("the keys that were known stay: %s", error)


def read_keys(path: Path) -> dict[bytes, str]:
    """Names of the keys of a file by their digests.

    Raises:
        SettingError: it cannot be read, or a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    found: dict[bytes, str] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or (len(words[1]) < SHORTEST):
            # The line itself may be a key.
            raise SettingError(
                f"Line {number} of C360_API_KEYS_FILE {path} is no NAME KEY with a key of {SHORTEST} characters or "
                "more. Correct it, or begin it with #."
            )
        if words[0] in {FIRST, *found.values()}:
            raise SettingError(f"Line {number} of C360_API_KEYS_FILE {path} gives {words[0]!r} a second key.")
        hashed = _HASHED.fullmatch(words[1])
        found[bytes.fromhex(hashed[1]) if hashed else digest(words[1])] = words[0]
    return found


def digest(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _unreadable(path: Path, error: Exception) -> SettingError:
    why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
    return SettingError(f"C360_API_KEYS_FILE has the value '{path}': {why}. Correct it or unset it.")


@dataclass
class _Bucket:
    tokens: float
    filled: float


class Limits:
    """A bucket of requests for each key, filled at a steady rate."""

    def __init__(self, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self.burst = max(1.0, per_second * BURST_SECONDS)
        self._now = now
        self._buckets: dict[str, _Bucket] = {}
        self._looked = now()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._buckets)

    def take(self, name: str) -> float:
        """Takes a request out of a key's bucket; 0.0, or the seconds until there is one."""
        now = self._now()
        if now - self._looked >= FORGET_SECONDS:
            self._forget(now)
        bucket = self._buckets.setdefault(name, _Bucket(self.burst, now))
        bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.filled) * self._rate)
        bucket.filled = now
        if bucket.tokens < 1.0:
            return (1.0 - bucket.tokens) / self._rate
        bucket.tokens -= 1.0
        return 0.0

    def _forget(self, now: float) -> None:
        """Whoever asks for the first time finds a full one: those that are full need not be kept."""
        self._looked = now
        self._buckets = {
            name: bucket
            for name, bucket in self._buckets.items()
            if bucket.tokens + (now - bucket.filled) * self._rate < self.burst
        }
