"""Every coding gives back what it was given, however it is cut into pieces, and says when it was cut off."""

import tracemalloc
from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sinks.embedded.compression import CODINGS, Decoder, FrameEncoder, decoder, encoder, negotiate
from sinks.embedded.faults import CANNOT_DECOMPRESS, ServerError
from sinks.embedded.frames import ZSTD, FrameDecoder, framed, pack


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def _unpack(using: Decoder, packed: bytes, size: int) -> bytes:
    return b"".join(piece for part in _cut(packed, size) for piece in using.decode(part)) + using.finish()


@pytest.mark.parametrize("coding", CODINGS)
@given(data=st.binary(max_size=5000), size=st.integers(1, 3000))
def test_round_trip(coding: str, data: bytes, size: int) -> None:
    packer, unpacker = encoder(coding), decoder(coding)
    assert unpacker is not None
    packed = b"".join(packer.encode(part) for part in _cut(data, size)) + packer.finish()
    assert _unpack(unpacker, packed, size) == data


@given(data=st.binary(max_size=5000), size=st.integers(1, 3000))
def test_round_trip_of_frames(data: bytes, size: int) -> None:
    assert _unpack(FrameDecoder(), FrameEncoder().encode(data), size) == data


@pytest.mark.parametrize("coding", CODINGS)
def test_cut_off_or_not_packed_at_all(coding: str) -> None:
    packer = encoder(coding)
    packed = packer.encode(bytes(range(256)) * 40) + packer.finish()
    for wrong in (packed[:-6], b"this was never packed", packed[: len(packed) // 2]):
        unpacker = decoder(coding)
        assert unpacker is not None
        with pytest.raises(ServerError):
            _unpack(unpacker, wrong, 100)


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_changed_byte_of_a_frame_is_found(place: int, change: int) -> None:
    packed = bytearray(b"".join(pack(bytes(range(256)))))
    packed[place] ^= change
    with pytest.raises(ServerError):
        _unpack(FrameDecoder(), bytes(packed), 64)


@pytest.mark.parametrize("sized", [True, False], ids=["says its size", "does not"])
def test_a_frame_that_holds_more_than_it_says_is_none(*, sized: bool) -> None:
    """Of 8 KB that say to be 10 bytes the library made 256 MiB."""
    packer = zstandard.ZstdCompressor().compressobj(size=256 << 20 if sized else -1)
    packed = packer.compress(bytes(256 << 20)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(ServerError) as said:
            list(FrameDecoder().decode(framed(ZSTD, packed, 10)))
        assert said.value.code == CANNOT_DECOMPRESS
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("coding", ["gzip", "lz4", "zstd"])
def test_several_members_follow_each_other(coding: str) -> None:
    first, second, unpacker = encoder(coding), encoder(coding), decoder(coding)
    assert unpacker is not None
    packed = first.encode(b"a") + first.finish() + second.encode(b"b") + second.finish()
    assert _unpack(unpacker, packed, 1000) == b"ab"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "lz4"])
def test_what_swells_comes_in_pieces(coding: str) -> None:
    packer, unpacker = encoder(coding), decoder(coding)
    assert unpacker is not None
    packed = packer.encode(bytes(30 << 20)) + packer.finish()
    assert max(len(piece) for piece in unpacker.decode(packed)) <= 1 << 20


def test_what_swells_as_zstd_comes_in_pieces_that_are_not_much_larger() -> None:
    packer, unpacker = encoder("zstd"), decoder("zstd")
    assert unpacker is not None
    packed = b"".join(packer.encode(bytes(1 << 20)) for _ in range(300)) + packer.finish()
    sizes = [len(piece) for piece in unpacker.decode(packed)]
    assert sum(sizes) == 300 << 20
    assert max(sizes) <= 10 << 20


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("gzip, deflate", "gzip"),
        ("zstd;q=0.5, gzip", "zstd"),
        ("gzip;q=0", None),
        ("", None),
        ("*", "gzip"),
        ("x", None),
    ],
)
def test_negotiation(accept: str, chosen: str | None) -> None:
    assert negotiate(accept) == chosen


def test_unknown_coding() -> None:
    with pytest.raises(ServerError, match="rot13"):
        decoder("rot13")
    assert decoder("identity") is None
