"""Content codings of HTTP, both ways, piece by piece: gzip, deflate, br, zstd, lz4."""

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import cramjam
import lz4.frame
import zstandard

from sinks.embedded import frames
from sinks.embedded.faults import CANNOT_DECOMPRESS, NOT_IMPLEMENTED, TOO_LARGE, ServerError

PIECE = 1 << 20
BROTLI_LIMIT = 16 << 20
#: What a decoder must be able to look back (https://www.rfc-editor.org/rfc/rfc9659); it is memory that is held.
ZSTD_WINDOW = 8 << 20
#: Bytes that are unpacked at once where the output cannot be bounded: 4 of them can become 128 KiB.
ZSTD_STEP = 256
#: In the order in which a choice is made: fast ones first.
CODINGS = ("lz4", "zstd", "gzip", "deflate", "br")


class Decoder(Protocol):
    """Unpacks a body as it arrives; `finish` gives what was kept back. Both raise ServerError."""

    @property
    def held(self) -> int: ...  # bytes that it keeps until more comes
    def decode(self, data: bytes) -> Iterator[bytes]: ...
    def finish(self) -> bytes: ...


class Encoder(Protocol):
    """Packs a body as it is made."""

    def encode(self, data: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class _ZlibDecoder:
    """gzip (also of several members) and deflate, at most 1 MiB at once."""

    held = 0

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream.eof:
                self._stream = zlib.decompressobj(self._window)
            self._begun = True
            try:
                piece = self._stream.decompress(data, PIECE)
            except zlib.error as error:
                raise ServerError(
                    CANNOT_DECOMPRESS, f"The body is not what its Content-Encoding says: {error}"
                ) from None
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            yield piece

    def finish(self) -> bytes:
        if self._begun and not self._stream.eof:
            raise ServerError(CANNOT_DECOMPRESS, "The compressed body is cut off")
        return b""


class _Lz4Decoder:
    held = 0

    def __init__(self) -> None:
        self._stream = lz4.frame.LZ4FrameDecompressor()
        self._begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        while data or not (self._stream.needs_input or self._stream.eof):
            if self._stream.eof:
                self._stream = lz4.frame.LZ4FrameDecompressor()
            self._begun = True
            try:
                piece = self._stream.decompress(data, max_length=PIECE)
            except RuntimeError as error:
                raise ServerError(
                    CANNOT_DECOMPRESS, f"The body is not what its Content-Encoding says: {error}"
                ) from None
            data = (self._stream.unused_data or b"") if self._stream.eof else b""
            yield piece

    def finish(self) -> bytes:
        if self._begun and not self._stream.eof:
            raise ServerError(CANNOT_DECOMPRESS, "The compressed body is cut off")
        return b""


class _ZstdDecoder:
    """Takes little at once, because this library's output cannot be bounded: 8 MiB come of it at the most."""

    held = 0

    def __init__(self) -> None:
        self._stream = self._new()
        self._begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        parts, size = [], 0
        for start in range(0, len(data), ZSTD_STEP):
            for piece in self._step(data[start : start + ZSTD_STEP]):
                parts.append(piece)
                size += len(piece)
            if size >= PIECE:
                yield b"".join(parts)
                parts, size = [], 0
        yield b"".join(parts)

    def _step(self, rest: bytes) -> Iterator[bytes]:
        while rest:
            if self._stream.eof:
                self._stream = self._new()
            self._begun = True
            try:
                yield self._stream.decompress(rest)
            except zstandard.ZstdError as error:
                raise ServerError(
                    CANNOT_DECOMPRESS, f"The body is not what its Content-Encoding says: {error}"
                ) from None
            rest = self._stream.unused_data if self._stream.eof else b""

    @staticmethod
    def _new() -> "zstandard.ZstdDecompressionObj":
        return zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()

    def finish(self) -> bytes:
        if self._begun and not self._stream.eof:
            raise ServerError(CANNOT_DECOMPRESS, "The compressed body is cut off")
        return b""


class _BrotliDecoder:
    """Unpacks at the end, up to a limit: the library cannot do it in pieces."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    @property
    def held(self) -> int:
        return len(self._waiting)

    def decode(self, data: bytes) -> Iterator[bytes]:
        self._waiting += data
        if len(self._waiting) > BROTLI_LIMIT:
            raise _too_large()
        yield b""

    def finish(self) -> bytes:
        if not self._waiting:
            return b""
        room = max(1 << 16, 8 * len(self._waiting))
        while True:
            content = bytearray(min(room, BROTLI_LIMIT))
            try:
                size = cramjam.brotli.decompress_into(bytes(self._waiting), content)
            except cramjam.DecompressionError as error:
                if "write" not in str(error):
                    raise ServerError(
                        CANNOT_DECOMPRESS, f"The body is not what its Content-Encoding says: {error}"
                    ) from None
                if room >= BROTLI_LIMIT:
                    raise _too_large() from None
                room *= 8
            else:
                return bytes(memoryview(content)[:size])


def _too_large() -> ServerError:
    return ServerError(TOO_LARGE, f"A br body may have {BROTLI_LIMIT} bytes at most. Use zstd, lz4 or gzip")


class _ZlibEncoder:
    def __init__(self, window: int, level: int) -> None:
        self._stream = zlib.compressobj(level, zlib.DEFLATED, window)

    def encode(self, data: bytes) -> bytes:
        return self._stream.compress(data)

    def finish(self) -> bytes:
        return self._stream.flush()


class _Lz4Encoder:
    def __init__(self) -> None:
        self._stream = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._stream.begin()

    def encode(self, data: bytes) -> bytes:
        head, self._head = self._head, b""
        return head + bytes(self._stream.compress(data))

    def finish(self) -> bytes:
        return self._head + bytes(self._stream.flush())


class _ZstdEncoder:
    def __init__(self, level: int) -> None:
        self._stream = zstandard.ZstdCompressor(level=level).compressobj()

    def encode(self, data: bytes) -> bytes:
        return bytes(self._stream.compress(data))

    def finish(self) -> bytes:
        return bytes(self._stream.flush())


class _BrotliEncoder:
    def __init__(self, level: int) -> None:
        self._stream = cramjam.brotli.Compressor(level)

    def encode(self, data: bytes) -> bytes:
        self._stream.compress(data)
        return bytes(self._stream.flush())

    def finish(self) -> bytes:
        return bytes(self._stream.finish())


class FrameEncoder:
    """ClickHouse's own frames, as `compress=1` asks for."""

    def encode(self, data: bytes) -> bytes:
        return b"".join(frames.pack(data))

    def finish(self) -> bytes:
        return b""


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": lambda: _ZlibDecoder(31),
    "x-gzip": lambda: _ZlibDecoder(31),
    "deflate": lambda: _ZlibDecoder(15),
    "lz4": _Lz4Decoder,
    "zstd": _ZstdDecoder,
    "br": _BrotliDecoder,
}
_ENCODERS: dict[str, Callable[[int], Encoder]] = {
    "gzip": lambda level: _ZlibEncoder(31, level),
    "deflate": lambda level: _ZlibEncoder(15, level),
    "lz4": lambda _: _Lz4Encoder(),
    "zstd": _ZstdEncoder,
    "br": _BrotliEncoder,
}


def decoder(content_encoding: str) -> Decoder | None:
    """The decoder of a request's Content-Encoding; None when it has none.

    Raises:
        ServerError: an unknown coding.
    """
    name = content_encoding.strip().lower()
    if name in {"", "identity"}:
        return None
    if name not in _DECODERS:
        raise ServerError(NOT_IMPLEMENTED, f"Content-Encoding {content_encoding!r} is not one of {', '.join(CODINGS)}")
    return _DECODERS[name]()


def encoder(coding: str, level: int = 3) -> Encoder:
    """The encoder of one of CODINGS, at a level of 1 (fast) to 9."""
    return _ENCODERS[coding](max(1, min(level, 9)))


def negotiate(accept_encoding: str) -> str | None:
    """The coding to answer with; None for none."""
    wanted = set()
    for part in accept_encoding.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        if parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            wanted.add(name.strip())
    if "*" in wanted:
        return "gzip"
    return next((coding for coding in CODINGS if coding in wanted), None)
