"""Servers as processes of their own, before an engine: those that answer, and those that cannot begin."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.engine import stop_engine
from tests.support.waiting import GIVE_UP, wait_for


@contextlib.contextmanager
def served(module: str, given: Mapping[str, Any], log: Path, says: str) -> Iterator[int]:
    """Its pid once it says in its log that it answers; ended by SIGTERM. `given` are settings by name."""
    environment = os.environ | {f"C360_{name.upper()}": str(value) for name, value in given.items()}
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.launcher.bound", "-m", module],
            env=environment,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: says in log.read_text() or process.poll() is not None, says, 60, every=0.05)
        assert process.poll() is None, log.read_text()
        yield process.pid
    finally:
        stop_engine(process)
    assert process.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()


def refusal(module: str, environment: Mapping[str, str], code: int) -> str:
    """The one line that it ends with, and that code."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        env=os.environ | environment, capture_output=True, text=True, timeout=GIVE_UP, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    return line
