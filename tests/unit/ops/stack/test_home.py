"""The state folder: whose it is, of which version, and what it keeps to itself."""

import fcntl
import json
import stat
import threading
from pathlib import Path

import pytest

from ops.stack import start, stop
from ops.stack.home import SOCKET_LENGTH, VERSION, Home, check, locked, prepare
from schemas.errors import C360Error
from schemas.settings import Settings
from tests.support.waiting import GIVE_UP


def test_a_new_folder_is_private_and_has_secrets_that_stay(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "state")
    with locked(settings.home):
        prepare(settings)

    def secrets() -> tuple[str, ...]:
        return (
            settings.reader_password, settings.writer_password, settings.bolt_secret, settings.api_secret,
            settings.console_secret,
        )  # fmt: skip

    first = secrets()
    assert len(set(first)) == 5
    assert all(len(secret) >= 32 for secret in first)
    for name in ("clickhouse_reader", "clickhouse_writer", "bolt", "api", "console"):
        assert stat.S_IMODE(settings.secret_path(name).stat().st_mode) == 0o600
    for folder in (settings.home, settings.home / "secrets", settings.home / "run"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    prepare(settings)
    assert secrets() == first
    assert not [path for path in (settings.home / "secrets").iterdir() if path.name.startswith("tmp")]


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "state")
    prepare(settings)
    for mode in (0o755, 0o710, 0o700):
        settings.home.chmod(mode)
        prepare(settings)
        assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


def test_an_open_folder_of_somebody_else_is_theirs_to_close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "state")
    settings.home.mkdir(mode=0o755)
    monkeypatch.setattr("os.getuid", lambda: 12345)
    # Who is root may do all the rest.
    monkeypatch.setattr("ops.stack.home._prepare_socket", lambda _: None)
    prepare(settings)
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o755


@pytest.mark.parametrize("content", [json.dumps({"version": VERSION + 1}), "no json", "[]", "{}"])
def test_a_folder_of_another_version_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "stack.json").write_text(content)
    with pytest.raises(C360Error, match=f"{tmp_path}.*another version"):
        prepare(Settings(home=tmp_path))


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(C360Error, match=f"{tmp_path} holds files that are not a stack's"):
        prepare(Settings(home=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(C360Error, match=r"state is not a folder"):
        prepare(Settings(home=tmp_path / "state"))
    with pytest.raises(C360Error, match=r"cannot be used.*C360_HOME"), locked(tmp_path / "state"):
        pass


@pytest.mark.parametrize("depth", [1, 30])
def test_the_socket_is_one_that_the_system_can_bind(tmp_path: Path, depth: int) -> None:
    home = Home(tmp_path.joinpath(*["folder"] * depth))
    assert len(str(home.socket)) <= SOCKET_LENGTH
    assert home.socket != Home(tmp_path / "other").socket


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("os.getuid", lambda: 12345)
    with pytest.raises(C360Error, match="belongs to somebody else"):
        prepare(Settings(home=tmp_path / "state"))


def test_up_and_down_write_nothing_into_a_folder_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(C360Error, match=f"{tmp_path} holds files that are not a stack's"):
        start(Settings(home=tmp_path))
    assert stop(Settings(home=tmp_path)) is False
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_may_not_be_looked_into_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(C360Error, match=f"{tmp_path} cannot be used: .*Permission denied"):
        check(Home(tmp_path))


def test_a_password_of_somebody_else_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(C360Error, match=r"clickhouse_reader is not yours to read.*C360_CLICKHOUSE_READER_PASSWORD"):
        _ = Settings(home=tmp_path).reader_password


def test_who_waited_while_a_folder_was_replaced_locks_the_new_one(tmp_path: Path) -> None:
    root, has_it, may_end = tmp_path / "home", threading.Event(), threading.Event()

    def wait() -> None:
        with locked(root):
            has_it.set()
            assert may_end.wait(GIVE_UP)

    waiting = threading.Thread(target=wait, daemon=True)
    with locked(root):
        waiting.start()
        assert not has_it.wait(0.2)
        root.rename(tmp_path / "aside")
    assert has_it.wait(GIVE_UP)
    with (root / "run" / "lock").open("w") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    may_end.set()
    waiting.join(GIVE_UP)
