"""ClickHouse's own compressed frames, of `compress=1` and `decompress=1`.

A frame is a CityHash128 of what follows (16 bytes), the method (1), the compressed size with this header of 9 (4), the
size when unpacked (4), the packed bytes; see docs of ClickHouse, "Native protocol: compression".
"""

import struct
from collections.abc import Iterator

import lz4.block
import zstandard
from clickhouse_cityhash.cityhash import CityHash128

from sinks.embedded.faults import CANNOT_DECOMPRESS, CHECKSUM_DOESNT_MATCH, UNKNOWN_COMPRESSION_METHOD, ServerError

LZ4, ZSTD, NONE = 0x82, 0x90, 0x02
FRAME = 1 << 20
#: Of one frame, packed or not. Clients make them of 1 MiB, and what lies in its header is asked of memory at once.
LARGEST = 16 << 20
_HEADER = struct.Struct("<BII")
_HALF = (1 << 64) - 1


def _checksum(data: bytes) -> bytes:
    value = int(CityHash128(data))
    return struct.pack("<QQ", value >> 64, value & _HALF)


def pack(data: bytes) -> Iterator[bytes]:
    """LZ4 frames of at most 1 MiB unpacked."""
    for start in range(0, len(data), FRAME):
        piece = data[start : start + FRAME]
        yield framed(LZ4, lz4.block.compress(piece, store_size=False), len(piece))


def framed(method: int, packed: bytes, size: int) -> bytes:
    """What was packed by a method, as a frame that says so many bytes when unpacked."""
    body = _HEADER.pack(method, len(packed) + _HEADER.size, size) + packed
    return _checksum(body) + body


class FrameDecoder:
    """Unpacks frames that arrive in pieces of any size."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    @property
    def held(self) -> int:
        """Bytes of a frame that has not come in full."""
        return len(self._waiting)

    def decode(self, data: bytes) -> Iterator[bytes]:
        """The content of every frame that is complete now.

        Raises:
            ServerError: a checksum does not match, or the bytes are no frame.
        """
        self._waiting += data
        while len(self._waiting) >= 16 + _HEADER.size:
            method, size, unpacked = _HEADER.unpack_from(self._waiting, 16)
            if not _HEADER.size <= size <= LARGEST or unpacked > LARGEST:
                raise ServerError(CANNOT_DECOMPRESS, f"A frame of {size} bytes, {unpacked} unpacked: not a frame")
            if len(self._waiting) < 16 + size:
                return
            frame = bytes(self._waiting[: 16 + size])
            del self._waiting[: 16 + size]
            if _checksum(frame[16:]) != frame[:16]:
                raise ServerError(CHECKSUM_DOESNT_MATCH, "The checksum of a compressed frame does not match")
            yield _unpack(method, frame[16 + _HEADER.size :], unpacked)

    def finish(self) -> bytes:
        """Nothing; raises ServerError when the last frame is cut off."""
        if self._waiting:
            raise ServerError(CANNOT_DECOMPRESS, "The body ends within a compressed frame")
        return b""


def _unpack(method: int, packed: bytes, size: int) -> bytes:
    try:
        if method == LZ4:
            return bytes(lz4.block.decompress(packed, uncompressed_size=size))
        if method == ZSTD:
            # What is packed says its size too, and the library makes room for as much, whatever it is told.
            if (said := zstandard.frame_content_size(packed)) > size:
                raise ServerError(CANNOT_DECOMPRESS, f"A frame of {size} bytes unpacked holds {said}: not a frame")
            return zstandard.ZstdDecompressor().decompress(packed, max_output_size=size)
    except (lz4.block.LZ4BlockError, zstandard.ZstdError) as error:
        raise ServerError(CANNOT_DECOMPRESS, f"A compressed frame cannot be unpacked: {error}") from None
    if method == NONE:
        return packed
    raise ServerError(UNKNOWN_COMPRESSION_METHOD, f"Unknown compression method 0x{method:02x} in a frame")
