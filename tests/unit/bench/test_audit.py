"""Which of the wanted ids are not found, and which are found twice, in lists of any length; ids out of records."""

import io

import fastavro
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import wire
from tests.bench import audit
from tests.bench.audit import first_longs, held_against

ids = st.lists(st.integers(0, 20), max_size=40)


@given(ids, ids)
def test_missing_ids_and_repeats_are_counted(wanted: list[int], found: list[int]) -> None:
    counted = held_against(np.asarray(wanted, np.uint64), np.asarray(found, np.uint64))
    assert counted == (len(set(wanted) - set(found)), len(found) - len(set(found)))


def test_a_long_list_is_looked_up_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PART_IDS", 7)
    wanted = np.arange(100, dtype=np.uint64)
    assert held_against(wanted, np.repeat(wanted[:90], 2)) == (10, 90)


def record(number: int, rest: bytes) -> bytes:
    """A value that begins with a long, as fastavro writes it."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, "long", number)
    return wire.frame(7) + out.getvalue() + rest


@given(st.lists(st.tuples(st.integers(-(1 << 63), (1 << 63) - 1), st.binary(max_size=12)), max_size=20))
def test_ids_are_what_fastavro_wrote_and_negative_ones_are_passed_over(records: list[tuple[int, bytes]]) -> None:
    found = first_longs(record(number, rest) for number, rest in records)
    assert found.tolist() == [number for number, _ in records if number >= 0]


def test_what_is_no_record_has_no_id() -> None:
    whole = record(1 << 40, b"rest")
    values = [None, b"", whole[:3], whole[:5], whole[:7], b"\x01" + whole[1:], whole, wire.frame(7) + b"\xff" * 12]
    assert first_longs(values).tolist() == [1 << 40]
