"""supervisord, the keeper of the parts: starting it, asking it, and telling it to shut down."""

import contextlib
import http.client
import subprocess
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from ops.stack.environment import child_environment
from ops.stack.home import Home
from ops.stack.parts import PYTHON
from schemas.errors import C360Error
from schemas.settings import Settings

#: States that a part leaves only when it is told to: one that has EXITED is about to be started again.
STAY_DOWN = frozenset({"STOPPED", "FATAL"})


@dataclass(frozen=True)
class Kept:
    """One part as supervisord sees it; `state` is in its own words, for instance RUNNING."""

    name: str
    state: str
    pid: int | None


def launch(settings: Settings, home: Home, config: Path, attached: bool) -> "subprocess.Popen[bytes] | None":
    """Starts supervisord, as a daemon; or as a child that ends with this process, which is then given back.

    Raises:
        C360Error: it refuses to start.
    """
    words = [*PYTHON, "ops.launcher.supervise", str(config)]
    environment = child_environment(settings)
    with (home.logs / "supervisord.out").open("wb") as out:
        if attached:
            return subprocess.Popen(
                [*words, "--attached"], env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=home.root, start_new_session=True,
            )  # fmt: skip
        done = subprocess.run(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=home.root, check=False
        )
    if done.returncode:
        said = (home.logs / "supervisord.out").read_text(encoding="utf-8", errors="replace").strip()
        raise C360Error(f"The supervisor does not start: {said or f'exit code {done.returncode}'}")
    return None


def kept(home: Home) -> dict[str, Kept] | None:
    """The parts by name, or None when no supervisord answers."""
    answer = _ask(home, "getAllProcessInfo")
    if answer is None:
        return None
    return {one["name"]: Kept(one["name"], one["statename"], one["pid"] or None) for one in answer}


def shut_down(home: Home) -> bool:
    """Tells it to stop the parts, the last started first, and end; False when none answers."""
    return _ask(home, "shutdown") is not None


def halt(home: Home, names: Sequence[str]) -> None:
    """Stops parts, the last of them first, and returns when they have ended; they stay so until `go_on`.

    Raises:
        C360Error: one runs on, or may do so.
    """
    for name in reversed(names):
        _ask(home, "stopProcess", name)
    found = kept(home)
    if found is None:
        raise C360Error(f"The supervisor of {home.root} has ended. Try again after 'c360 down' and 'c360 up'.")
    if left := [name for name in names if name in found and found[name].state not in STAY_DOWN]:
        raise C360Error(f"{', '.join(left)} cannot be stopped: see {home.log('supervisord')}, then try again.")


def go_on(home: Home, names: Sequence[str]) -> None:
    """Starts parts that were halted; each waits by itself for what it needs."""
    for name in names:
        _ask(home, "startProcess", name)


def _ask(home: Home, method: str, *words: object) -> Any:
    transport = SupervisorTransport(None, None, f"unix://{home.socket}")
    with contextlib.closing(transport):
        proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        try:
            return getattr(proxy.supervisor, method)(*words)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None
