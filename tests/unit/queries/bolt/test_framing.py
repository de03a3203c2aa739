"""Messages come together whatever the chunks and whatever the pieces they arrive in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.graph.bolt.framing import NOOP, Framer, FramingError, chunked


def test_the_specification_s_chunks() -> None:
    data = bytes.fromhex("0010 000102030405060708090A0B0C0D0E0F 0000 0000 0008 0F0E0D0C0B0A0908 0000")
    assert Framer(100).feed(data) == [bytes(range(16)), bytes(range(15, 7, -1))]
    split = bytes.fromhex("0010 000102030405060708090A0B0C0D0E0F 0004 01020304 0000")
    assert Framer(100).feed(split) == [bytes([*range(16), 1, 2, 3, 4])]


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=4), st.integers(1, 50), st.booleans())
def test_messages_are_whole_in_any_pieces(messages: list[bytes], step: int, noops: bool) -> None:
    data = bytearray()
    for message in messages:
        chunked(data, message)
        data += NOOP if noops else b""
    framer = Framer(1000)
    found = [one for start in range(0, len(data), step) for one in framer.feed(bytes(data[start : start + step]))]
    assert found == messages
    assert not framer.pending


def test_a_long_message_takes_several_chunks() -> None:
    data, message = bytearray(), bytes(range(256)) * 600
    chunked(data, message)
    assert data[:2] == b"\xff\xff"
    assert Framer(len(message)).feed(bytes(data)) == [message]


@pytest.mark.parametrize("chunks", ["0065", "0032 " + "00" * 50 + " 0033"])
def test_too_long_a_message_is_refused_before_it_is_there(chunks: str) -> None:
    with pytest.raises(FramingError, match="longer than 100 bytes"):
        Framer(100).feed(bytes.fromhex(chunks))
