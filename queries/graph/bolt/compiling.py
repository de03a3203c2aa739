"""Work on one thread, each piece within its share of processor time: a text without end must not hold up all others."""

import asyncio
import ctypes
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

#: Seconds of processor time that a text may take to compile; those of the catalogue take hundredths.
COMPILE_SECONDS = 3.0
#: Seconds between looks at the time taken.
LOOK_SECONDS = 0.1

T = TypeVar("T")


class TooLongError(BaseException):
    """Raised in the midst of work whose time is over. Nothing in between takes it for an error of its own."""


class OneThread:
    """One piece of work after the other, in the order in which they are asked for."""

    def __init__(self, seconds: float = COMPILE_SECONDS) -> None:
        self._seconds = seconds
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="compile")

    async def run(self, work: Callable[[], T], *, unlimited: bool = False) -> T:
        """What the work returns.

        Raises:
            TooLongError: it took more than its time, and has been ended. What it was changing is half done.
        """
        job = _Job()
        future = asyncio.get_running_loop().run_in_executor(self._pool, job.perform, work)
        try:
            while not (await asyncio.wait((future,), timeout=LOOK_SECONDS))[0]:
                if not unlimited and job.seconds() > self._seconds:
                    job.end()
        except asyncio.CancelledError:
            # Whoever asked has gone: nobody wants what is still being made, nor hears how it ended.
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
            job.end()
            raise
        return future.result()

    def close(self) -> None:
        """Takes no more work."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Job:
    """One piece of work; begun and finished on the thread, looked at and ended from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread = 0
        self._begun = 0.0
        self._ended = False

    def perform(self, work: Callable[[], T]) -> T:
        with self._lock:
            if self._ended:
                raise TooLongError
            self._thread, self._begun = threading.get_ident(), _spent(threading.get_ident())
        try:
            return work()
        finally:
            with self._lock:
                # An exception that is on its way to this thread would reach the next piece of work.
                _raise_in(self._thread, None)
                self._thread = 0

    def seconds(self) -> float:
        """Processor time taken so far."""
        with self._lock:
            return _spent(self._thread) - self._begun if self._thread else 0.0

    def end(self) -> None:
        """Raises TooLongError where the work is just now, or keeps it from beginning."""
        with self._lock:
            self._ended = True
            if self._thread:
                _raise_in(self._thread, TooLongError)


def _spent(thread: int) -> float:
    """Seconds of a thread's processor time; of the clock on a wall where the system does not tell."""
    clock = getattr(time, "pthread_getcpuclockid", None)
    return time.clock_gettime(clock(thread)) if clock else time.monotonic()


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Has an exception raised between two steps of a thread's Python; None takes back one that is not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error) if error else None)
