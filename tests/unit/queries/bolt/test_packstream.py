"""PackStream as the specification writes it, and back."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.graph.bolt.packstream import DEEPEST, Packer, PackStreamError, Structure, unpacked

# The specification's own examples (https://neo4j.com/docs/bolt/current/packstream/), and the borders of each size.
EXAMPLES: list[tuple[Any, str]] = [
    (None, "C0"),
    (True, "C3"),
    (False, "C2"),
    (1, "01"),
    (42, "2A"),
    (1234, "C904D2"),
    (-9223372036854775808, "CB8000000000000000"),
    (9223372036854775807, "CB7FFFFFFFFFFFFFFF"),
    (-16, "F0"),
    (-17, "C8EF"),
    (-128, "C880"),
    (127, "7F"),
    (128, "C90080"),
    (-129, "C9FF7F"),
    (32767, "C97FFF"),
    (32768, "CA00008000"),
    (-32769, "CAFFFF7FFF"),
    (2147483648, "CB0000000080000000"),
    (1.23, "C13FF3AE147AE147AE"),
    (b"", "CC00"),
    (b"\x01\x02\x03", "CC03010203"),
    ("", "80"),
    ("A", "8141"),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "D01A" + "".join(f"{code:02X}" for code in range(0x41, 0x5B))),
    ("Größenmaßstäbe", "D0124772C3B6C39F656E6D61C39F7374C3A46265"),
    ([], "90"),
    ([1, 2, 3], "93010203"),
    ([1, 2.0, "three"], "9301C14000000000000000857468726565"),
    (list(range(1, 41)), "D428" + "".join(f"{number:02X}" for number in range(1, 41))),
    ({}, "A0"),
    ({"one": "eins"}, "A1836F6E658465696E73"),
    ({"A": 1, "B": 2}, "A2814101814202"),
    (Structure(0x4E, (1, ["A"], {})), "B34E019181" + "41A0"),
]


@pytest.mark.parametrize(("value", "written"), EXAMPLES, ids=[written[:16] for _, written in EXAMPLES])
def test_the_specification_s_bytes(value: Any, written: str) -> None:
    assert Packer().packed(value).hex().upper() == written
    assert unpacked(bytes.fromhex(written)) == value


@pytest.mark.parametrize("size", [0, 15, 16, 255, 256, 65535, 65536])
def test_sizes_at_their_borders(size: int) -> None:
    for value in ("x" * size, b"x" * size, [None] * size, dict.fromkeys(map(str, range(size)))):
        assert unpacked(Packer().packed(value)) == value


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=9), inner, max_size=5)
        | st.builds(Structure, st.integers(0, 255), st.lists(inner, max_size=5).map(tuple))
    ),
    max_leaves=15,
)


@given(VALUES)
def test_what_is_written_is_read(value: Any) -> None:
    assert unpacked(Packer().packed(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    try:
        value = unpacked(data)
    except PackStreamError:
        return
    again = unpacked(Packer().packed(value))
    assert again == value or "nan" in repr(value)


def test_what_is_no_number_stays_so() -> None:
    assert math.isnan(unpacked(Packer().packed(math.nan)))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "missing"),
        ("82", "missing"),
        ("0101", "left over"),
        ("C4", "C4"),
        ("82C328", "not UTF-8"),
        ("D6FFFFFFFF00", "4294967295 items"),
        ("DAFFFFFFFF00", "4294967295 items"),
        ("D2FFFFFFFF00", "missing"),
        ("A10101", "key"),
        ("A2814101814102", "twice"),
        ("91" * (DEEPEST + 1) + "01", "nested"),
    ],
)
def test_broken_bytes_are_refused(written: str, reason: str) -> None:
    with pytest.raises(PackStreamError, match=reason):
        unpacked(bytes.fromhex(written))


@pytest.mark.parametrize(
    "value",
    [2**63, -(2**63) - 1, object(), {1: 2}, "\ud800", Structure(1, tuple(range(16)))],
    ids=["large", "small", "object", "key", "surrogate", "fields"],
)
def test_what_packstream_has_not_is_refused(value: object) -> None:
    with pytest.raises(PackStreamError):
        Packer().packed(value)


def test_other_values_are_replaced() -> None:
    assert Packer(lambda value: Structure(0x45, (str(value),))).packed([1j]) == b"\x91\xb1\x45\x821j"
