"""'make env': a password for each that the compose file wants, for the owner's eyes, and never over one in use."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ops.compose.environment import COMPOSE, passwords, write

TEXT = "a: ${A_PASSWORD:?run make env}\nb: ${B_PASSWORD:?run make env}${A_PASSWORD:?again}\nc: ${PORT:-1}"


def test_each_required_variable_is_made_once_and_no_other() -> None:
    assert passwords(TEXT) == ["A_PASSWORD", "B_PASSWORD"]


def test_all_that_the_compose_file_requires_are_passwords_and_a_key() -> None:
    wanted = passwords(COMPOSE.read_text(encoding="utf-8"))
    assert wanted
    assert all(name.endswith("_PASSWORD") or name == "C360_API_KEY" for name in wanted)


def test_the_file_is_the_owners_alone_and_its_passwords_differ(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    write(target, TEXT)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    made = dict(re.findall(r"^(\w+_PASSWORD)=([A-Za-z0-9_-]{32})$", target.read_text(), re.MULTILINE))
    assert len(made) == len(set(made.values())) == 2


def test_one_that_is_there_stays(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    target.write_text("A_PASSWORD=mine\n")
    with pytest.raises(FileExistsError):
        write(target, TEXT)
    assert target.read_text() == "A_PASSWORD=mine\n"


def test_it_needs_nothing_installed() -> None:
    """Who runs servers has Docker and a Python: no package of this project's is there."""
    words = [sys.executable, "-S", "-c", "import ops.compose.environment"]
    subprocess.run(words, cwd=COMPOSE.parent, check=True, timeout=60)
