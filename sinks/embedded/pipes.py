"""Pipes between the engine's threads and the event loop: the engine opens our end by its /dev/fd path.

So results and inserts of any size and format flow through 1 MiB of memory, without the GIL on the engine's side.
"""

import asyncio
import contextlib
import fcntl
import os
import threading

CAPACITY = 1 << 20


class Pipe:
    """A pipe of which this process holds both ends; the loop reads or writes one, the engine opens the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_end: int | None
        self._write_end: int | None
        self._read_end, self._write_end = os.pipe()
        with contextlib.suppress(OSError, AttributeError):  # a smaller pipe works too, only slower
            fcntl.fcntl(self._read_end, fcntl.F_SETPIPE_SZ, CAPACITY)

    @property
    def input_path(self) -> str:
        """Where the engine reads."""
        return f"/dev/fd/{self._read_end}"

    @property
    def output_path(self) -> str:
        """Where the engine writes."""
        return f"/dev/fd/{self._write_end}"

    async def read(self) -> bytes:
        """What has been written, as soon as there is something; empty at the end."""
        return b"" if self._read_end is None else await _read(self._read_end)

    async def write(self, data: bytes) -> None:
        """Hands everything over, as fast as it is taken.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        left = memoryview(data)
        while left:
            if self._write_end is None:
                raise BrokenPipeError
            os.set_blocking(self._write_end, False)
            try:
                left = left[os.write(self._write_end, left) :]
            except BlockingIOError:
                await _ready(self._write_end, writing=True)

    def write_now(self, data: bytes) -> None:
        """The same from a thread of the engine, which waits.

        Raises:
            BrokenPipeError: the reader is gone.
        """
        left = memoryview(data)
        while left:
            if self._write_end is None:
                raise BrokenPipeError
            left = left[os.write(self._write_end, left) :]

    def close_reading(self) -> None:
        """No more is read: whoever writes gets an error."""
        with self._lock:
            descriptor, self._read_end = self._read_end, None
        if descriptor is not None:
            os.close(descriptor)

    def forget(self) -> None:
        """Nobody wants to read any more; the engine is not to notice: it counts a write that fails as one to a disk.

        What it writes is read until it has closed its end, which it does some milliseconds after its query has ended.
        """
        with self._lock:
            descriptor, self._read_end = self._read_end, None
        if descriptor is not None:
            rest = asyncio.ensure_future(_read_to_end(descriptor))
            # Who asked may be gone by then, and a loop keeps no task by itself.
            _rests.add(rest)
            rest.add_done_callback(_rests.discard)

    def close_writing(self) -> None:
        """No more is written: whoever reads comes to the end."""
        with self._lock:
            descriptor, self._write_end = self._write_end, None
        if descriptor is not None:
            os.close(descriptor)


_rests: set[asyncio.Future[None]] = set()


async def forgotten() -> None:
    """Returns once the engine has closed its end of every pipe that nobody wanted to read any more."""
    await asyncio.gather(*_rests)


async def _read_to_end(descriptor: int) -> None:
    try:
        while await _read(descriptor):  # noqa: ASYNC110 - nothing is waited for
            # Others have their turn, first of all whoever ends the query: there may always be something to read.
            await asyncio.sleep(0)
    finally:
        os.close(descriptor)


async def _read(descriptor: int) -> bytes:
    os.set_blocking(descriptor, False)
    while True:
        try:
            return os.read(descriptor, CAPACITY)
        except BlockingIOError:
            await _ready(descriptor, writing=False)


async def _ready(descriptor: int, *, writing: bool) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    add, remove = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
    add(descriptor, _resolve, ready)
    try:
        await ready
    finally:
        remove(descriptor)


def _resolve(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
