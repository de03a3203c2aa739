"""Runs the simulator as a user does, and reads its account."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

#: Bound: a simulator without an end does not outlive tests that are killed.
COMMAND = [sys.executable, "-m", "ops.launcher.bound", "-m", "producers.simulate"]


def begin(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Starts it; finish() reads its account."""
    return subprocess.Popen(
        [*COMMAND, *arguments, "--json"],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], seconds: float = 120.0, code: int = 0) -> dict[str, Any]:
    """Its account, once it has ended well, or with the code it should."""
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == code, f"exit {process.returncode}: {err[-2000:]} {out[-2000:]}"
    summary: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return summary


@contextlib.contextmanager
def started(environment: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A running simulator that does not outlive the block; finish() in it reads its account."""
    process = begin(environment, *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def simulate(environment: Mapping[str, str], *arguments: str, seconds: float = 120.0) -> dict[str, Any]:
    """Runs it to its end; the account it prints."""
    return finish(begin(environment, *arguments), seconds)
