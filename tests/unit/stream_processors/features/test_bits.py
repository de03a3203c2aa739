"""The paged set of bits against a plain set."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_processors.features.arrays import Dump
from stream_processors.features.bits import PagedBits

keys = st.one_of(st.integers(0, 300), st.integers(0, (1 << 53) - 1), st.integers((3 << 40), (3 << 40) + 20_000))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(keys, max_size=60), st.booleans()), max_size=6))
def test_the_first_of_each_key_is_new_and_no_other(batches: list[tuple[list[int], bool]]) -> None:
    bits, seen = PagedBits(), set()
    dumps: list[Dump] = []
    for batch, whole in batches:
        expected = []
        for key in batch:
            expected.append(key not in seen)
            seen.add(key)
        assert bits.add(np.array(batch, np.int64)).tolist() == expected
        dumps = [bits.dump(whole=True)] if whole else [*dumps, bits.dump(whole=False)]
        copy = PagedBits()
        for dump in dumps:
            copy.apply(dump())
        assert len(copy) == len(bits) == len(seen)
        bits = copy


def test_a_dump_holds_the_pages_added_to() -> None:
    bits = PagedBits()
    bits.add(np.arange(1_000_000))
    bits.dump(whole=False)
    bits.add(np.array([5, 6, 2_000_000]))
    dump = bits.dump(whole=False)
    bits.add(np.array([7]))
    assert {name: len(array) for name, array in dump().items()} == {"pages": 2, "bits": 1024}
    assert np.bitwise_count(dump()["bits"]).sum() == 4096 + 1


def test_dense_ids_cost_about_a_bit() -> None:
    bits = PagedBits()
    for start in range(0, 1_000_000, 50_000):
        assert bits.add((5 << 40) + start + np.arange(50_000)).all()
    assert bits.nbytes < 300_000
