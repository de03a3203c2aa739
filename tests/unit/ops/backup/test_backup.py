"""What a backup refuses, and that a damaged one is refused before anything is touched."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from ops.backup import manifest
from ops.backup.backup import backup, restore
from ops.stack import start
from ops.stack.home import Home, prepare
from schemas.erased import RESTORED, remember, remembered
from schemas.errors import C360Error, UsageError
from schemas.settings import Settings
from tests.support.synced import synced

#: A restore of sys.argv[2] into sys.argv[1] that is killed when the former home is aside and the new one not yet there.
DIES = """
import os, signal, sys
from pathlib import Path
from ops.backup.backup import restore
from schemas.settings import Settings

rename = Path.rename

def dying(path, target):
    if path.name.endswith(".restoring"):
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)

Path.rename = dying
settings = Settings(home=Path(sys.argv[1]), kafka_bootstrap="", clickhouse_url="")
restore(settings, Path(sys.argv[2]), True, lambda *_: None)
"""


def quiet(what: str, done: int, total: int) -> None:
    assert what
    assert 0 <= done <= total


def cut_off(what: str, done: int, _total: int) -> None:
    if what == "copying" and done:
        raise KeyboardInterrupt


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A stack that is down, with some state."""
    settings = Settings(home=tmp_path / "home", kafka_bootstrap="", clickhouse_url="")
    home = prepare(settings)
    for name in ("kafka/log", "clickhouse/store/part", "logs/kafka.log", "clickhouse/engine.pid"):
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_text(name, encoding="ascii")
    (home.root / "clickhouse/table").symlink_to("store")
    return settings


def state(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="ascii")
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and path.relative_to(root).parts[0] not in {"run", "logs"}
    }


def test_there_and_back(settings: Settings, tmp_path: Path) -> None:
    before = state(settings.home)
    found = backup(settings, tmp_path / "copy", quiet)
    assert found["stopped_seconds"] == 0
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    elsewhere = settings.model_copy(update={"home": tmp_path / "new" / "home"})
    left: dict[str, int] = {}
    told = left.__setitem__
    assert restore(elsewhere, tmp_path / "copy", False, lambda what, done, total: told(what, total - done)) is None
    assert left == {"checking": 0, "copying": 0}
    del before["clickhouse/engine.pid"]
    assert state(elsewhere.home) == {**before, RESTORED: ""}
    assert elsewhere.secret_path("bolt").stat().st_mode & 0o777 == 0o600
    assert (elsewhere.home / "clickhouse/table").readlink() == Path("store")


def test_files_and_folders_are_on_the_disk_before_it_has_its_name(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = synced(monkeypatch)
    backup(settings, tmp_path / "copy", quiet)
    making = tmp_path / "copy.making"
    there = {making / path.relative_to(tmp_path / "copy") for path in (tmp_path / "copy").rglob("*")}
    assert {path for path in done if path.is_relative_to(making)} == {
        making, *(path for path in there if not (tmp_path / "copy" / path.relative_to(making)).is_symlink())
    }  # fmt: skip
    assert done[-1] == tmp_path


def test_what_is_there_is_moved_aside_only_when_that_is_said(settings: Settings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "copy", quiet)
    (settings.home / "kafka/log").write_text("later", encoding="ascii")
    with pytest.raises(UsageError, match=r"holds something.*--replace"):
        restore(settings, tmp_path / "copy", replace=False, progress=quiet)
    aside = restore(settings, tmp_path / "copy", replace=True, progress=quiet)
    assert aside
    assert (aside / "kafka/log").read_text(encoding="ascii") == "later"
    assert (settings.home / "kafka/log").read_text(encoding="ascii") == "kafka/log"


def test_who_was_erased_since_is_still_known(settings: Settings, tmp_path: Path) -> None:
    remember(settings, [17])
    backup(settings, tmp_path / "copy", quiet)
    remember(settings, [18])
    aside = restore(settings, tmp_path / "copy", replace=True, progress=quiet)
    assert aside
    assert remembered(settings) == {17, 18}
    assert (settings.home / RESTORED).exists()
    assert (settings.home / "erased_customers").stat().st_mode & 0o777 == 0o600
    # A home that is lost takes along what it alone knew.
    elsewhere = settings.model_copy(update={"home": tmp_path / "new" / "home"})
    restore(elsewhere, tmp_path / "copy", replace=False, progress=quiet)
    assert remembered(elsewhere) == {17}


def killed_between_the_renames(settings: Settings, source: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, settings.home, source], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not settings.home.exists()


@pytest.mark.parametrize("replace", [True, False])
def test_who_was_erased_is_known_after_a_restore_that_was_killed(
    settings: Settings, tmp_path: Path, replace: bool
) -> None:
    remember(settings, [17])
    backup(settings, tmp_path / "copy", quiet)
    remember(settings, [18])
    killed_between_the_renames(settings, tmp_path / "copy")
    # Neither of the two folders alone knows all.
    remember(settings.model_copy(update={"home": tmp_path / "home.restoring"}), [19])
    (tmp_path / "home.restoring" / "kafka" / "of another").touch()
    aside = next(tmp_path.glob("home.before-*"))
    remember(settings.model_copy(update={"home": aside}), [20])
    for _ in range(2):
        with pytest.raises(UsageError, match=r"home lacks its state.*home\.restoring is left.*'c360 restore FOLDER'"):
            start(settings)
        assert not settings.home.exists()
        with pytest.raises(KeyboardInterrupt):
            restore(settings, tmp_path / "copy", replace, cut_off)
    assert restore(settings, tmp_path / "copy", replace, quiet) is None
    assert remembered(settings) == {17, 18, 19, 20}
    assert not (settings.home / "kafka" / "of another").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "home", aside.name]
    prepare(settings)


def test_what_was_moved_aside_does_not_stop_an_empty_stack(settings: Settings, tmp_path: Path) -> None:
    settings.home.rename(tmp_path / "home.before-20260101T000000Z")
    prepare(settings)


def test_backups_inside_of_the_home_stay_there(settings: Settings) -> None:
    inside = settings.home / "backups"
    inside.mkdir()
    (inside / "engine.zip").write_text("of ClickHouse", encoding="ascii")
    backup(settings, inside / "monday", quiet)
    for _ in range(2):
        (settings.home / "kafka/log").write_text("later", encoding="ascii")
        aside = restore(settings, inside / "monday", replace=True, progress=quiet)
        assert aside
        assert not (aside / "backups").exists()
        assert (settings.home / "kafka/log").read_text(encoding="ascii") == "kafka/log"
        assert sorted(path.name for path in inside.iterdir()) == ["engine.zip", "monday"]
        shutil.rmtree(aside)


def test_of_backups_of_one_name_the_restored_one_is_kept(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.home / "backups").mkdir()
    (settings.home / "backups/a").write_text("restored", encoding="ascii")
    monkeypatch.setattr("ops.backup.backup.LEFT_OUT", frozenset({"run"}))
    backup(settings, tmp_path / "copy", quiet)
    for name in "ab":
        (settings.home / "backups" / name).write_text("later", encoding="ascii")
    aside = restore(settings, tmp_path / "copy", replace=True, progress=quiet)
    found = {path.name: path.read_text(encoding="ascii") for path in (settings.home / "backups").iterdir()}
    assert found == {"a": "restored", "b": "later"}
    assert aside
    assert [path.name for path in (aside / "backups").iterdir()] == ["a"]


def test_a_part_that_comes_back_late_does_not_cost_the_backup(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def standing_still(_: Settings) -> Iterator[None]:
        yield
        raise C360Error("Kafka does not answer.")

    monkeypatch.setattr("ops.stack.supervisor.kept", lambda _: {})
    monkeypatch.setattr("ops.stack.control.standing_still", standing_still)
    with pytest.raises(C360Error, match=r"Kafka does not answer\. The backup is whole: it is in .*copy\."):
        # Some is copied twice, so that more is done than there is.
        backup(settings, tmp_path / "copy", lambda *_: None)
    manifest.check(tmp_path / "copy", manifest.read(tmp_path / "copy"), lambda _: None)


def test_nothing_is_copied_under_a_part_that_runs_on(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask(_home: Home, method: str, *words: object) -> object:
        asked.append((method, *words))
        return [{"name": "kafka", "statename": "RUNNING", "pid": 1}] if method == "getAllProcessInfo" else None

    monkeypatch.setattr("ops.stack.supervisor._ask", ask)
    with pytest.raises(C360Error, match="kafka cannot be stopped"):
        backup(settings, tmp_path / "copy", quiet)
    assert asked[-1] == ("startProcess", "kafka")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("harm", ["change", "remove", "link"])
def test_a_damaged_backup_touches_nothing(settings: Settings, tmp_path: Path, harm: str) -> None:
    backup(settings, tmp_path / "copy", quiet)
    file = tmp_path / "copy" / manifest.STATE / ("clickhouse/table" if harm == "link" else "kafka/log")
    if harm == "change":
        file.write_text("KAFKA/log", encoding="ascii")
    else:
        file.unlink()
    before = state(settings.home)
    with pytest.raises(C360Error, match=r"(log|table) is missing or damaged"):
        restore(settings, tmp_path / "copy", replace=True, progress=quiet)
    assert state(settings.home) == before


def test_nothing_starts_while_a_restore_copies(settings: Settings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "copy", quiet)
    said = set()

    def locked_out(what: str, _done: int, _total: int) -> None:
        said.add(what)
        with (settings.home / "run" / "lock").open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    restore(settings, tmp_path / "copy", replace=True, progress=locked_out)
    assert said == {"checking", "copying"}


def test_what_has_started_all_the_same_keeps_its_home(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(settings, tmp_path / "copy", quiet)
    before, running = state(settings.home), list[psutil.Process]()
    monkeypatch.setattr("ops.backup.backup.members", lambda _: running)
    with pytest.raises(UsageError, match="is up"):
        restore(settings, tmp_path / "copy", replace=True, progress=lambda *_: running.append(psutil.Process()))
    assert state(settings.home) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "home"]


def test_a_restore_that_is_cut_off_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "copy", quiet)

    with pytest.raises(KeyboardInterrupt):
        restore(settings, tmp_path / "copy", replace=True, progress=cut_off)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "home"]


def test_a_home_that_is_no_longer_empty_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "copy", quiet)
    elsewhere = settings.model_copy(update={"home": tmp_path / "new"})

    def taken(*_: object) -> None:
        elsewhere.home.mkdir(exist_ok=True)
        (elsewhere.home / "theirs").touch()

    with pytest.raises(UsageError, match="no longer is"):
        restore(elsewhere, tmp_path / "copy", replace=False, progress=taken)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["theirs"]


def test_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    for target, said in (
        (tmp_path / "taken", "exists: give the backup another name"),
        (tmp_path / "no" / "folder", "There is no folder"),
        (settings.home / "kafka" / "copy", "is in C360_HOME"),
    ):
        with pytest.raises(UsageError, match=said):
            backup(settings, target, quiet)
    with pytest.raises(UsageError, match="There is nothing to back up"):
        backup(Settings(home=tmp_path / "none"), tmp_path / "copy", quiet)
    with pytest.raises(UsageError, match="is no backup"):
        restore(settings, tmp_path / "taken", replace=True, progress=quiet)
    assert not list(tmp_path.glob("*.making"))


def test_too_little_room(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = os.statvfs(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000, "total": usage.f_blocks}))
    with pytest.raises(C360Error, match=r"0\.0 GB free.*Make room"):
        backup(settings, tmp_path / "copy", quiet)
    assert not (tmp_path / "copy").exists()
