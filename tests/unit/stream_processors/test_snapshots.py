"""Snapshots come back whole or as far as they are whole, and never as something that was not there."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import ContractError
from stream_processors import array_file
from stream_processors.snapshots import KEPT, LONGEST, SnapshotStore, Step

EXPECTED = {"version": 1, "topics": {"t": "id"}}
SIZE = 1_000


class Numbers:
    """A state of numbers that are added to one by one: what is at each place tells how far it has come."""

    def __init__(self, store: SnapshotStore, partition: int = 0) -> None:
        self.store, self.partition = store, partition
        self.values = np.zeros(SIZE, np.int64)
        self.records, self._saved = 0, 0
        for snapshot in store.load(partition):
            self.values[snapshot.arrays["at"]] = snapshot.arrays["values"]
            self.records = self._saved = snapshot.meta["records"]

    def count(self, records: int) -> None:
        for record in range(self.records, self.records + records):
            self.values[record % SIZE] = record + 1
        self.records += records

    def taken(self) -> Step:
        whole = self.store.wants_whole(self.partition)
        at = np.arange(SIZE) if whole else np.unique(np.arange(self._saved, self.records) % SIZE)
        arrays = {"at": at, "values": self.values[at]}
        self._saved = self.records
        meta = {"partition": self.partition, "records": self.records}
        return self.store.follow(Step(meta, whole, lambda: arrays))

    def save(self, records: int) -> Path:
        """Counts and saves; the file."""
        self.count(records)
        step = self.taken()
        assert self.store.save(step).size > 0
        (path,) = (self.store._folder / str(self.partition)).glob(f"*-{step.meta['name']}.snapshot")
        return path

    @property
    def is_true(self) -> bool:
        """Whether the values are those of so many records."""
        plain = Numbers.__new__(Numbers)
        plain.values, plain.records = np.zeros(SIZE, np.int64), 0
        plain.count(self.records)
        return bool(np.array_equal(plain.values, self.values))


@pytest.fixture(autouse=True)
def _no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """The power stays on."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path, EXPECTED)


def restarted(folder: Path, **changed: Any) -> Numbers:
    return Numbers(SnapshotStore(folder, EXPECTED | changed))


def test_only_what_changed_is_written_and_all_comes_back(store: SnapshotStore, tmp_path: Path) -> None:
    numbers = Numbers(store)
    sizes = [numbers.save(10).stat().st_size for _ in range(5)]
    assert max(sizes[1:]) < sizes[0] / 10
    found = restarted(tmp_path)
    assert (found.records, found.is_true) == (50, True)
    assert found.save(10).stat().st_size < sizes[0] / 10
    assert (restarted(tmp_path).records, restarted(tmp_path).is_true) == (60, True)


def test_a_chain_ends_when_it_costs_as_much_as_a_whole_one_and_the_one_before_is_kept(
    store: SnapshotStore, tmp_path: Path
) -> None:
    numbers = Numbers(store)
    for _ in range(40):
        numbers.save(300)
        chains = {path.name.split("-")[1] for path in (tmp_path / "0").glob("*.snapshot")}
        assert len(chains) <= KEPT
    assert len(list((tmp_path / "0").glob("*.snapshot"))) < 20
    assert restarted(tmp_path).records == 12_000
    for _ in range(2 * LONGEST):
        numbers.save(0)
    assert len(list((tmp_path / "0").glob("*.snapshot"))) <= KEPT * LONGEST


def test_partitions_are_apart(store: SnapshotStore) -> None:
    one, other = Numbers(store, 1), Numbers(store, 11)
    one.save(5)
    other.save(7)
    assert (Numbers(store, 1).records, Numbers(store, 11).records) == (5, 7)
    store.discard(1)
    assert (Numbers(store, 1).records, Numbers(store, 11).records) == (0, 7)


def test_a_torn_one_falls_back_to_the_one_before(
    store: SnapshotStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = Numbers(store)
    *_, newest = [numbers.save(10) for _ in range(4)]
    newest.write_bytes(newest.read_bytes()[:-1])
    caplog.clear()
    with caplog.at_level(logging.INFO):
        found = restarted(tmp_path)
    assert (found.records, found.is_true) == (30, True)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "not whole: removed" in caplog.records[0].getMessage()
    found.save(5)
    caplog.clear()
    assert (restarted(tmp_path).records, caplog.records) == (35, [])


@pytest.mark.parametrize("missing", [0, 1])
def test_without_a_predecessor_it_is_of_no_use(
    store: SnapshotStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, missing: int
) -> None:
    numbers = Numbers(store)
    paths = [numbers.save(10) for _ in range(4)]
    paths[missing].unlink()
    caplog.clear()
    found = restarted(tmp_path)
    assert (found.records, found.is_true) == (10 * missing, True)
    assert len(caplog.records) == 1 + (not missing)
    assert "predecessor is missing" in caplog.records[0].getMessage()
    assert len(list((tmp_path / "0").glob("*.snapshot"))) == missing


def test_a_rotten_chain_falls_back_to_the_one_before(
    store: SnapshotStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = Numbers(store)
    while len({path.name.split("-")[1] for path in (tmp_path / "0").glob("*.snapshot")}) < 2:
        path = numbers.save(300)
    assert restarted(tmp_path).records == numbers.records
    path.write_bytes(b"")
    caplog.clear()
    found = restarted(tmp_path)
    assert (found.records, found.is_true) == (numbers.records - 300, True)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("changed", [{"version": 2}, {"topics": {"t": "made anew"}}])
def test_one_of_another_version_is_not_used(
    store: SnapshotStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, changed: dict[str, object]
) -> None:
    numbers = Numbers(store)
    for _ in range(3):
        numbers.save(10)
    caplog.clear()
    assert restarted(tmp_path, **changed).records == 0
    (why, rebuilt) = (record.getMessage() for record in caplog.records)
    assert f"its {next(iter(changed))} is" in why
    assert "rebuilt from the beginning" in rebuilt


def newer(path: Path, how: str) -> None:
    """Makes a snapshot one of a version that is yet to come."""
    if how == "format":
        path.write_bytes(path.read_bytes().replace(b"c360arr1", b"c360arr2", 1))
    else:
        content = array_file.read(path)
        array_file.write(path, content._replace(meta=content.meta | {"version": 2}))


@pytest.mark.parametrize("how", ["format", "version"])
def test_one_of_a_newer_version_is_neither_read_nor_removed_and_what_to_do_is_said(
    store: SnapshotStore, tmp_path: Path, how: str
) -> None:
    numbers = Numbers(store)
    paths = [numbers.save(10) for _ in range(3)]
    store.refuse_newer()
    newer(paths[-1], how)
    again = SnapshotStore(tmp_path, EXPECTED)
    for refused in (again.refuse_newer, lambda: list(again.load(0))):
        with pytest.raises(ContractError, match=r"newer version: its (format|version) is 2, this .* reads 1\. Install"):
            refused()
    assert sorted(paths) == sorted((tmp_path / "0").glob("*.snapshot"))


def test_what_is_torn_is_of_no_newer_version(store: SnapshotStore, tmp_path: Path) -> None:
    numbers = Numbers(store)
    for content in (b"", b"c360", b"c360arr", b"c360arr2"[:7] + b"x" * 30):
        numbers.save(10).write_bytes(content)
    store.refuse_newer()
    assert restarted(tmp_path).records == 0


def test_a_file_of_the_former_layout_is_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("0-00000000000000000010.snapshot", "1-00000000000000000010.snapshot"):
        (tmp_path / name).write_bytes(b"c360snap")
    assert restarted(tmp_path).records == 0
    assert "former version" in caplog.records[0].getMessage()
    assert [path.name for path in tmp_path.glob("*.snapshot")] == ["1-00000000000000000010.snapshot"]


def test_nothing_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert restarted(tmp_path / "missing").records == 0
    (record,) = caplog.records
    assert "rebuilt from the beginning" in record.getMessage()


def test_what_follows_one_that_could_not_be_written_is_whole(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = Numbers(store)
    numbers.save(10)
    numbers.count(10)
    step = numbers.taken()

    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("stream_processors.array_file.write", full)
        with pytest.raises(OSError, match="no space"):
            store.save(step)
    assert store.wants_whole(0)
    numbers.save(10)
    assert (restarted(tmp_path).records, restarted(tmp_path).is_true) == (30, True)


def test_what_a_killed_worker_left_half_written_goes(store: SnapshotStore, tmp_path: Path) -> None:
    Numbers(store).save(10)
    (tmp_path / "0" / "half.snapshot.part").write_bytes(b"half")
    restarted(tmp_path).save(10)
    assert not list(tmp_path.rglob("*.part"))


def test_a_worker_that_has_not_heard_that_it_moved_does_no_harm(store: SnapshotStore, tmp_path: Path) -> None:
    """Both go on from the same snapshot; whichever has come further is gone on from, and it is true."""
    old = Numbers(store)
    old.save(10)
    new = restarted(tmp_path)
    for step in range(1, 6):
        old.save(20)
        new.save(10 * step)
        found = restarted(tmp_path)
        assert (found.records, found.is_true) == (max(old.records, new.records), True)
        old, new = (found, restarted(tmp_path)) if step == 3 else (old, new)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_damage_gives_a_state_that_was_not(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Files flipped, cut, emptied, removed, doubled or swapped, saved on and restarted: never a wrong state."""
    folder = tmp_path_factory.mktemp("damage")
    numbers = restarted(folder)
    reached = 0
    for _ in range(data.draw(st.integers(1, 4))):
        for records in data.draw(st.lists(st.integers(1, 600), min_size=1, max_size=6)):
            numbers.save(records)
        reached = max(reached, numbers.records)
        for _ in range(data.draw(st.integers(0, 3))):
            _damage(sorted((folder / "0").glob("*.snapshot")), data)
        numbers = restarted(folder)
        assert numbers.is_true
        assert numbers.records <= reached


def _damage(paths: list[Path], data: st.DataObject) -> None:
    if not paths:
        return
    path, other = data.draw(st.sampled_from(paths)), data.draw(st.sampled_from(paths))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, max(len(whole) - 1, 0)))
    what = data.draw(st.sampled_from(["flip", "cut", "remove", "double", "swap", "append"]))
    if what == "flip" and whole:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :])
    elif what == "cut":
        path.write_bytes(whole[:at])
    elif what == "remove":
        path.unlink()
    elif what == "double":
        name = data.draw(st.sampled_from([f"copy of {path.name}", path.name.replace("0", "7", 1)]))
        path.with_name(name).write_bytes(whole)
    elif what == "swap":
        path.write_bytes(other.read_bytes())
        other.write_bytes(whole)
    else:
        path.write_bytes(whole + whole)
