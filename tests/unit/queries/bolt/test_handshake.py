"""Which version is agreed on, and what is no Bolt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.graph.bolt.handshake import (
    MAGIC,
    VERSIONS,
    HandshakeError,
    Version,
    chosen,
    from_varint,
    negotiated,
    varint,
)


def opening(proposals: str) -> bytes:
    return MAGIC + bytes.fromhex(proposals)


@pytest.mark.parametrize(
    ("proposals", "version"),
    [
        ("00000404 00000304 00000004 00000003", (4, 4)),
        ("00040405 00020404 00000000 00000000", (5, 4)),
        ("00000505 00000405 00000000 00000000", (5, 4)),  # 5.5 is spoken by nobody
        ("00080805 00020404 00000003 00000000", (5, 8)),
        ("00020605 00020404 00000003 00000000", (5, 6)),
        ("00FF0905 00000000 00000000 00000000", (5, 8)),
        ("00000404 00080805 00000000 00000000", (4, 4)),  # the client's order counts
    ],
)
def test_the_best_of_what_is_asked_for(proposals: str, version: Version) -> None:
    agreed = negotiated(opening(proposals))
    assert agreed.version == version
    assert agreed.answer == bytes((0, 0, version[1], version[0]))


def test_the_manifest_lists_everything() -> None:
    agreed = negotiated(opening("000001FF 00080805 00020404 00000003"))
    assert agreed.version is None
    assert agreed.answer.hex() == "000001ff" + "03" + "00020805" + "00040405" + "00000404" + "00"


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_each_version_on_offer_may_be_chosen(version: Version) -> None:
    assert chosen(bytes((0, 0, version[1], version[0]))) == version


@pytest.mark.parametrize("choice", ["00000505", "00000905", "00000006", "00010805", "00000000"])
def test_no_other_may_be(choice: str) -> None:
    with pytest.raises(HandshakeError, match="not offered"):
        chosen(bytes.fromhex(choice))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET / HTTP/1.1\r\nHost:", "not HTTP"),
        (bytes.fromhex("16030100f5010000f1030300000000000000000000"), "speaks TLS"),
        (b"\0" * 20, "not Bolt"),
        (opening("00000006 00000003 00000002 00000001"), "none of the versions"),
    ],
)
def test_what_is_no_bolt_is_said(data: bytes, reason: str) -> None:
    with pytest.raises(HandshakeError, match=reason):
        negotiated(data)


@given(st.binary(min_size=16, max_size=16))
def test_any_proposals_are_answered_or_refused(proposals: bytes) -> None:
    try:
        agreed = negotiated(MAGIC + proposals)
    except HandshakeError:
        return
    assert agreed.version is None or agreed.version in VERSIONS


@given(st.integers(0, 2**64 - 1))
def test_numbers_in_groups_of_seven_bits(number: int) -> None:
    assert from_varint(varint(number)) == number


def test_the_specification_s_number() -> None:
    assert from_varint(bytes.fromhex("FF8271")) == 1851775
    assert varint(1851775).hex() == "ff8271"
