"""Answers on their way to a client: whole messages, gathered, and held back while the client does not take them."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from queries.graph.bolt import messages, wire
from queries.graph.bolt.faults import ARITHMETIC, Fault
from queries.graph.bolt.framing import NOOP, chunked
from queries.graph.bolt.handshake import Version
from queries.graph.bolt.packstream import PackStreamError, Structure

#: Bytes that are gathered before they are written.
GATHERED = 1 << 16
#: Seconds after which a client that takes nothing is given up.
LONGEST_WAIT = 300.0


class Outbox:
    """The writing side of a connection."""

    def __init__(self, writer: asyncio.StreamWriter, version: Version) -> None:
        self._writer = writer
        self._version = version
        self._packer = wire.packer(version, utc=version >= (5, 0))
        self._bytes = bytearray()
        self._written = time.monotonic()

    def patch_utc(self) -> None:
        """From now on times are written as 5.0 has them."""
        self._packer = wire.packer(self._version, utc=True)

    def put(self, message: Structure) -> None:
        """Adds a message."""
        chunked(self._bytes, self._packer.packed(message))

    async def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Adds records, and waits while the client takes none.

        Raises:
            Fault: Bolt has no such value.
        """
        for row in rows:
            try:
                self.put(messages.record(row))
            except PackStreamError as error:
                raise Fault(ARITHMETIC, f"A value cannot be sent: {error}.") from None
            if len(self._bytes) >= GATHERED:
                await self.flush()
        # Others have their turn, also while the client takes everything at once.
        await asyncio.sleep(0)

    async def flush(self) -> None:
        """Writes what is gathered.

        Raises:
            ConnectionError: the client has gone, or takes nothing.
        """
        data, self._bytes = self._bytes, bytearray()
        if data:
            self._write(data)
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._writer.drain()
        except TimeoutError:
            raise ConnectionResetError(f"the client took nothing for {LONGEST_WAIT:g} s") from None

    def push(self, noop_seconds: float) -> None:
        """Writes what is gathered without waiting; or, to a client that heard nothing for so long, that it lives."""
        if self._writer.transport.get_write_buffer_size():
            return
        if not self._bytes and time.monotonic() - self._written < noop_seconds:
            return
        data, self._bytes = self._bytes or NOOP, bytearray()
        self._write(data)

    def _write(self, data: bytes | bytearray) -> None:
        self._writer.write(data)
        self._written = time.monotonic()
