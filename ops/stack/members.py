"""The processes of a stack, known by a mark in their environment: also those that lost their parent."""

import time
from pathlib import Path

import psutil

from ops.stack.environment import MARK

POLL_SECONDS = 0.05
#: Whose processes work on a state folder for long; commands of `c360` take its lock, or only ask.
PACKAGES = frozenset({"producers", "queries", "sinks", "stream_processors"})
#: `python -X dev -m ops.launcher.bound`: what is run stands among the first words of a command.
MOST_WORDS = 5


def members(root: Path) -> list[psutil.Process]:
    """The living processes of the stack whose state folder this is; the dead that nobody waited for are left out."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == str(root):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def users(root: Path) -> list[psutil.Process]:
    """Workers and clients of ours that somebody started by hand on a state folder, as far as C360_HOME tells.

    Of other programs, a shell for instance, C360_HOME says nothing. Whoever started this process, or is started by it,
    is left out.
    """
    this = psutil.Process()
    kin = {this.pid, *(one.pid for one in (*this.parents(), *this.children(recursive=True)))}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in kin and _is_ours(process.cmdline()) and _home(process) == root.resolve():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _is_ours(words: list[str]) -> bool:
    return any(word.split(".")[0] in PACKAGES for word in words[:MOST_WORDS])


def _home(process: psutil.Process) -> Path | None:
    said = process.environ().get("C360_HOME")
    return (process.cwd() / Path(said).expanduser()).resolve() if said else None


def end(root: Path, timeout_seconds: float) -> None:
    """Asks a stack's processes to end, and kills those that still live after the time given."""
    processes = members(root)
    for process in processes:
        _signal(process, kill=False)
    wait(processes, timeout_seconds)
    # Looked up anew: one that was asked to end may have started another.
    while left := members(root):
        for process in left:
            _signal(process, kill=True)
        wait(left, timeout_seconds)


def wait(processes: list[psutil.Process], timeout_seconds: float) -> None:
    """Waits until they have ended, no longer than the time given. Nobody may wait for orphans: a zombie has ended."""
    until = time.monotonic() + timeout_seconds
    while any(_lives(process) for process in processes) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
