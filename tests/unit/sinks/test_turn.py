"""One at a time is at the database's definitions."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from schemas.errors import C360Error
from schemas.settings import Settings
from sinks.turn import turn
from tests.support.waiting import GIVE_UP

HOLD = """
import sys
from pathlib import Path
from schemas.settings import Settings
from sinks.turn import turn
with turn(Settings(home=Path(sys.argv[1]))):
    print("mine", flush=True)
    sys.stdin.read()
    print("done", flush=True)
"""


def test_another_thread_waits(tmp_path: Path) -> None:
    here, told = Settings(home=tmp_path / "home"), []

    def other() -> None:
        with turn(here):
            told.append("other")

    with turn(here):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.2)
        told.append("first")
    thread.join(GIVE_UP)
    assert told == ["first", "other"]


def test_another_process_waits_and_its_death_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "mine\n"
        threading.Timer(0.2, other.kill).start()
        with turn(Settings(home=tmp_path)):
            assert other.wait(GIVE_UP) == -9
        assert other.stdout.read() == ""


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(C360Error, match=r"ddl\.lock cannot be written"), turn(Settings(home=tmp_path)):
        pass
