"""Snapshots come back whole or not at all."""

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream_processors import snapshots
from stream_processors.snapshots import Snapshot, SnapshotError, SnapshotStore

EXPECTED = {"version": 1, "topics": {"t": "id"}}


def snapshot(records: int) -> Snapshot:
    arrays = {"a": np.arange(records), "b": np.array([1.5, -0.0]), "none": np.empty(0, np.int8)}
    return Snapshot({"records": records, "positions": {"t": records}}, arrays)


def same(found: Snapshot | None, records: int) -> bool:
    wanted = snapshot(records)
    return (
        found is not None
        and found.meta["positions"] == wanted.meta["positions"]
        and all(np.array_equal(found.arrays[name], array) for name, array in wanted.arrays.items())
        and {name: array.dtype for name, array in found.arrays.items()}
        == {name: array.dtype for name, array in wanted.arrays.items()}
    )


def test_the_newest_comes_back_and_the_one_before_is_kept(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, EXPECTED)
    for records in (5, 100, 20_000):
        assert store.save(3, snapshot(records)).size > 0
    store.save(4, snapshot(7))
    assert same(store.load(3), 20_000)
    assert len(list(tmp_path.glob("3-*.snapshot"))) == 2
    assert not list(tmp_path.glob("*.part"))
    store.discard(3)
    assert store.load(3) is None
    assert same(store.load(4), 7)


def test_a_torn_one_falls_back_to_the_one_before(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = SnapshotStore(tmp_path, EXPECTED)
    store.save(0, snapshot(10))
    store.save(0, snapshot(20))
    newest = max(tmp_path.iterdir())
    newest.write_bytes(newest.read_bytes()[:-1])
    with caplog.at_level(logging.INFO):
        assert same(store.load(0), 10)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "not whole" in caplog.records[0].getMessage()
    store.save(0, snapshot(15))
    assert same(store.load(0), 15)


@pytest.mark.parametrize("changed", [{"version": 2}, {"topics": {"t": "made anew"}}])
def test_one_of_another_version_is_not_used(tmp_path: Path, changed: dict[str, object]) -> None:
    SnapshotStore(tmp_path, EXPECTED).save(0, snapshot(10))
    assert SnapshotStore(tmp_path, EXPECTED | changed).load(0) is None


def test_nothing_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert SnapshotStore(tmp_path / "missing", EXPECTED).load(2) is None
    (record,) = caplog.records
    assert "rebuilt from the beginning" in record.getMessage()


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_damage_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "0.snapshot"
    snapshots.write(path, snapshot(50))
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        path.write_bytes(whole[:cut])
    else:
        path.write_bytes(whole[:cut] + bytes([whole[cut] ^ data.draw(st.integers(1, 255))]) + whole[cut + 1 :])
    with pytest.raises(SnapshotError):
        snapshots.read(path)
