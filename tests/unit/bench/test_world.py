"""A benchmark of a stack that is to be running already: it is refused at once where none answers."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.world import NEEDED
from tests.support.ports import free_ports
from tests.support.stack import PORTS


@pytest.mark.parametrize("bench", ["graph", "sql"])
def test_a_stack_that_is_not_running_is_refused_by_its_parts(
    bench: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True):
        monkeypatch.setenv(f"C360_{name.upper()}", str(port))
    command = [sys.executable, "-m", "tests.bench", bench, "--home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert f"There is no stack running with C360_HOME={tmp_path}: " in line
    assert all(part.title in line for part in NEEDED)
    assert f"'C360_HOME={tmp_path} c360 up -d'" in line
    assert not done.stdout
