"""Folders of an installation's own are for their owner alone, and so is C360_HOME, whoever makes it."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.demo import history
from ops.letters.replay import alone
from ops.stack.home import locked
from producers.backfill import checkpoint
from producers.backfill.checkpoint import Checkpoint
from producers.replay import session
from producers.replay.rejects import Rejects
from schemas.private import private
from schemas.settings import Settings
from stream_processors.snapshots import SnapshotStore


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> set[int]:
    """Of a folder and of all folders in it."""
    return {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if path.is_dir()}


def test_what_is_made_on_the_way_is_private_too(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    assert private(there / "home" / "replay" / "deep") == there / "home" / "replay" / "deep"
    assert modes(there / "home") == {0o700}
    private(there)
    assert stat.S_IMODE(there.stat().st_mode) == 0o755


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        private(tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        private(tmp_path / "file" / "below")


def hold(held: contextlib.AbstractContextManager[object]) -> None:
    with held:
        pass


def reject(here: Settings) -> None:
    bad = Rejects(session.folder(here) / "customers.csv.rejects.csv", 10)
    bad._out()
    bad.close()


MAKERS: dict[str, Callable[[Settings], object]] = {
    "up": lambda here: hold(locked(here.home)),
    "backfill": lambda here: checkpoint.write(here.home / "backfill" / "a.json", Checkpoint("", "", "", 0, 0, 0)),
    "replay": lambda here: hold(session.locked(here)),
    "rejects": reject,
    "dead letters": lambda here: hold(alone(here)),
    "demo": lambda here: history.write(here, history.Ledger("", False, {})),
    "snapshots": lambda here: SnapshotStore(here.home / "stream_processors" / "_", {}).discard(0),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_the_home_is_private_whoever_makes_it(tmp_path: Path, maker: str) -> None:
    here = Settings(home=tmp_path / "home")
    MAKERS[maker](here)
    assert modes(here.home) == {0o700}
