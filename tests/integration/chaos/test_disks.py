"""A disk that is filled takes no write, one that is slow holds writes up, and both take them again afterwards."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.disks import Disk
from tests.integration.chaos.mounted import NOT_HERE
from tests.support.waiting import GIVE_UP


def on_a_disk(folder: Path, work: str) -> str:
    """What a work says of a disk of its own."""
    command = [sys.executable, "-m", "tests.integration.chaos.mounted", str(folder), work]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GIVE_UP, check=False)
    if done.returncode == NOT_HERE:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_disk_that_is_filled_has_no_room_until_it_is_freed(tmp_path: Path) -> None:
    assert on_a_disk(tmp_path, "fill") == "ENOSPC ENOSPC"


def test_a_disk_that_is_slow_holds_writes_up_and_loses_none(tmp_path: Path) -> None:
    assert on_a_disk(tmp_path, "slow") == "written"


class Endless(Disk):
    """As where filling does nothing."""

    def _put_in(self, ballast: int) -> None:
        pass


class Quick(Disk):
    """As where freezing does nothing."""

    def write(self) -> None:
        pass

    @contextlib.contextmanager
    def _frozen(self) -> Iterator[None]:
        yield


def test_a_disk_that_only_seems_full_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="takes a write of 4096 bytes though it was filled 20 times"):
        Endless(tmp_path).fill()


def test_a_disk_that_only_seems_slow_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="takes a write that should have come to a halt"):
        Quick(tmp_path).slow(60, threading.Event())
