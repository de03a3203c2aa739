"""Who works on a state folder without being of its stack."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.backup.backup import backup, restore
from ops.stack.home import prepare
from ops.stack.members import users
from schemas.errors import UsageError
from schemas.settings import Settings

# A shell starts it and ends, so that it is no child of the test.
ORPHAN = '"$0" -c "import time; time.sleep(600)" "$@" </dev/null >/dev/null 2>&1 & echo $!'


@contextmanager
def orphan(home: str, *words: str, folder: Path | None = None) -> Iterator[int]:
    environment = {**os.environ, "C360_HOME": home}
    said = subprocess.run(
        ["sh", "-c", ORPHAN, sys.executable, *words],
        env=environment, cwd=folder, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    try:
        yield int(said)
    finally:
        os.kill(int(said), signal.SIGKILL)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", kafka_bootstrap="", clickhouse_url="")
    prepare(settings)
    return settings


def test_workers_that_were_started_by_hand_are_found(settings: Settings, tmp_path: Path) -> None:
    with (
        orphan(str(settings.home), "stream_processors") as one,
        orphan("home", "producers.replay", folder=tmp_path) as other,
    ):
        assert {process.pid for process in users(settings.home)} == {one, other}
        assert users(tmp_path / "another") == []


def test_other_programs_and_kin_are_not(settings: Settings) -> None:
    words = [sys.executable, "-c", "input()", "stream_processors"]
    environment = {**os.environ, "C360_HOME": str(settings.home)}
    with (
        orphan(str(settings.home), "ops.cli", "up"),
        subprocess.Popen(words, env=environment, stdin=subprocess.PIPE) as child,
    ):
        assert users(settings.home) == []
        child.communicate(b"\n")


def test_nothing_is_restored_under_them(settings: Settings, tmp_path: Path) -> None:
    backup(settings, tmp_path / "copy", lambda *_: None)
    with (
        orphan(str(settings.home), "stream_processors") as pid,
        pytest.raises(UsageError, match=rf"that you started use .*: {pid}\. End them first"),
    ):
        restore(settings, tmp_path / "copy", replace=True, progress=lambda *_: None)
