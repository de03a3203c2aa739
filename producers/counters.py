"""What workers and their parent tell each other while they run: a few integers in shared memory."""

import ctypes
from collections.abc import Sequence
from multiprocessing.sharedctypes import RawArray
from typing import Any

from producers.options import EVENT_STREAMS

_SENT, _FAILED = 0, len(EVENT_STREAMS)
_QUEUED, _LAG, _NEXT, _KEPT, _BYTES, _SIZE = range(2 * len(EVENT_STREAMS), 2 * len(EVENT_STREAMS) + 6)


class Counters:
    """One worker's figures; it writes, the parent reads."""

    def __init__(self, shared: Any = None) -> None:
        self.shared = shared if shared is not None else RawArray(ctypes.c_int64, _SIZE)

    def add_sent(self, stream: str, number: int, size: int = 0) -> None:
        """So many records, of so many bytes together."""
        self.shared[_SENT + EVENT_STREAMS.index(stream)] += number
        self.shared[_BYTES] += size

    def add_failed(self, stream: str) -> None:
        self.shared[_FAILED + EVENT_STREAMS.index(stream)] += 1

    def progress(self, queued: int, lag: float, following: int) -> None:
        """How many are on their way, how late (s) the run is, and which event comes next."""
        self.shared[_QUEUED], self.shared[_LAG], self.shared[_NEXT] = queued, int(lag * 1e6), following

    def keep(self, position: int) -> None:
        """All events before this one are acknowledged."""
        self.shared[_KEPT] = position

    def sent(self, stream: str) -> int:
        return int(self.shared[_SENT + EVENT_STREAMS.index(stream)])

    def failed(self, stream: str) -> int:
        return int(self.shared[_FAILED + EVENT_STREAMS.index(stream)])

    @property
    def queued(self) -> int:
        return int(self.shared[_QUEUED])

    @property
    def lag(self) -> float:
        return int(self.shared[_LAG]) / 1e6

    @property
    def following(self) -> int:
        return int(self.shared[_NEXT])

    @property
    def kept(self) -> int:
        return int(self.shared[_KEPT])

    @property
    def size(self) -> int:
        return int(self.shared[_BYTES])


class Totals:
    """All workers' figures together."""

    def __init__(self, counters: Sequence[Counters]) -> None:
        """Reads them once."""
        self.sent = {stream: sum(one.sent(stream) for one in counters) for stream in EVENT_STREAMS}
        self.failed = {stream: sum(one.failed(stream) for one in counters) for stream in EVENT_STREAMS}
        self.queued = sum(one.queued for one in counters)
        self.lag = max((one.lag for one in counters), default=0.0)
        self.following = min((one.following for one in counters), default=0)
        self.kept = min((one.kept for one in counters), default=0)
        self.size = sum(one.size for one in counters)

    @property
    def all_sent(self) -> int:
        """Of all streams."""
        return sum(self.sent.values())

    @property
    def all_failed(self) -> int:
        """Of all streams."""
        return sum(self.failed.values())

    @property
    def acknowledged(self) -> int:
        """Of all streams, as far as is known."""
        return max(0, self.all_sent - self.all_failed - self.queued)


class Stop:
    """Whether to stop: 0 no, 1 after what is on its way, 2 at once. Shared like the counters."""

    def __init__(self, shared: Any = None) -> None:
        self.shared = shared if shared is not None else RawArray(ctypes.c_int64, 1)

    def ask(self) -> None:
        """Asks once more."""
        self.shared[0] += 1

    @property
    def asked(self) -> int:
        return int(self.shared[0])
