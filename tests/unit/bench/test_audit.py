"""Which of the wanted ids are not found, and which are found twice, in lists of any length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import audit
from tests.bench.audit import held_against

ids = st.lists(st.integers(0, 20), max_size=40)


@given(ids, ids)
def test_missing_ids_and_repeats_are_counted(wanted: list[int], found: list[int]) -> None:
    counted = held_against(np.asarray(wanted, np.uint64), np.asarray(found, np.uint64))
    assert counted == (len(set(wanted) - set(found)), len(found) - len(set(found)))


def test_a_long_list_is_looked_up_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PART_IDS", 7)
    wanted = np.arange(100, dtype=np.uint64)
    assert held_against(wanted, np.repeat(wanted[:90], 2)) == (10, 90)
