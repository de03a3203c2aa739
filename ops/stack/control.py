"""Brings a stack up and takes it down. Everything is told by Settings: several stacks may be up at once."""

import contextlib
import json
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.artifacts.runtime import find
from ops.launcher.spec import Launches, launches_path
from ops.stack import members, supervisor
from ops.stack.home import Home, check, clear_socket, locked, prepare
from ops.stack.logs import last_words
from ops.stack.parts import Part, chosen
from ops.stack.ports import check_distinct, check_free
from ops.stack.render import render
from schemas.errors import C360Error, UsageError
from schemas.settings import Settings

READY_SECONDS = 120.0
SPAWN_SECONDS = 15.0
STOP_SECONDS = 60.0
LEFTOVER_SECONDS = 20.0
POLL_SECONDS = 0.05
#: A part that was started this often and still doesn't answer will not.
MOST_LAUNCHES = 6


def start(settings: Settings, parts: Iterable[str] | None = None, ready_seconds: float = READY_SECONDS) -> bool:
    """Brings up the embedded parts, or those named, and returns when every one answers; False if they were up.

    Raises:
        C360Error: a port is taken, the state folder cannot be used, or a part does not come up.
        UsageError: the stack is up already with other settings, or there is no such part.
    """
    started, _ = _bring_up(settings, chosen(settings, parts), ready_seconds, attached=False)
    return started


@dataclass(frozen=True)
class Attachment:
    """A stack that lives as long as this process; no supervisor of ours if it was up before."""

    supervisor: "subprocess.Popen[bytes] | None"

    def ended(self) -> int | None:
        """How the supervisor ended: 0, or minus the signal that killed it; None while it lives."""
        return self.supervisor.poll() if self.supervisor else None


@contextlib.contextmanager
def attached(
    settings: Settings, parts: Iterable[str] | None = None, ready_seconds: float = READY_SECONDS
) -> Iterator[Attachment]:
    """Like start(), but the stack ends with the block, and with this process, whatever ends it.

    A stack that was up is left alone.
    """
    started, child = _bring_up(settings, chosen(settings, parts), ready_seconds, attached=True)
    try:
        yield Attachment(child)
    finally:
        if started:
            stop(settings)
        if child:
            child.wait()


def stop(settings: Settings) -> bool:
    """Takes the stack down and returns when no process of it lives; False if nothing was up."""
    if not Home(settings.home).is_ours and not members.members(settings.home):
        return False
    with locked(settings.home):
        return _stop(settings.home)


@contextlib.contextmanager
def standing_still(settings: Settings, parts: Iterable[str] | None = None) -> Iterator[None]:
    """Parts of a stack that is up, or those named, are not while the block lasts; afterwards they answer again.

    Raises:
        C360Error: one cannot be stopped, and the block is not entered; or one does not come back after it.
    """
    home = Home(settings.home)
    running = supervisor.kept(home) or {}
    halted = [part for part in chosen(settings, parts) if part.name in running]
    names = [part.name for part in halted]
    try:
        supervisor.halt(home, names)
        yield
    finally:
        for name in names:
            # A start that was asked for is none of those after which a part is given up.
            launches_path(home.spec(name)).unlink(missing_ok=True)
        supervisor.go_on(home, names)
    wait_ready(settings, halted, READY_SECONDS)


def wait_ready(settings: Settings, parts: Iterable[Part], timeout_seconds: float) -> None:
    """Returns when every part answers.

    Raises:
        C360Error: one does not, or dies again and again; with its last words.
    """
    home, until = Home(settings.home), time.monotonic() + timeout_seconds
    waiting = list(parts)
    while waiting:
        waiting = [part for part in waiting if not part.probe(settings).answers()]
        for part in waiting:
            launches = Launches.read(launches_path(home.spec(part.name))).count
            if launches > MOST_LAUNCHES or time.monotonic() > until:
                said = last_words(home.log(part.name))
                raise C360Error(
                    f"{part.title} does not answer, started {launches} times. Its last words: {said} "
                    f"(all of them: {home.log(part.name)})"
                )
        time.sleep(POLL_SECONDS if waiting else 0)


def _bring_up(
    settings: Settings, wanted: tuple[Part, ...], ready_seconds: float, attached: bool
) -> "tuple[bool, subprocess.Popen[bytes] | None]":
    check_distinct(settings, wanted)
    home = Home(settings.home)
    # Before the lock, which is a file in it: nothing is written into a folder that is somebody else's.
    check(home)
    with locked(home.root):
        if (running := supervisor.kept(home)) is not None:
            _same(home, settings, wanted, set(running))
            # Those that a backup or a rotation halted, if it was killed before it could start them again.
            supervisor.go_on(home, [part.name for part in wanted if running[part.name].state == "STOPPED"])
            wait_ready(settings, wanted, ready_seconds)
            return False, None
        child = None
        try:
            child = _launch(settings, wanted, attached)
            _wait_spawned(home)
            wait_ready(settings, wanted, ready_seconds)
        except BaseException:  # Ctrl-C while starting leaves nothing behind either
            _stop(home.root)
            if child:
                child.wait()
            raise
        return True, child


def _launch(settings: Settings, wanted: tuple[Part, ...], attached: bool) -> "subprocess.Popen[bytes] | None":
    # What a killed supervisord left behind is ending by itself, or is ended here.
    members.end(settings.home, LEFTOVER_SECONDS)
    runtime = find(settings.cache) if any(part.is_java for part in wanted) else None
    home = prepare(settings)
    check_free(settings, wanted)
    config = render(settings, home, wanted, runtime)
    _running_path(home).write_text(json.dumps(_ports(settings, wanted)), encoding="ascii")
    return supervisor.launch(settings, home, config, attached)


def _wait_spawned(home: Home) -> None:
    """Asks until every part has a process: supervisord looks round once a second, or when it is asked something."""
    until = time.monotonic() + SPAWN_SECONDS
    while time.monotonic() < until:
        kept = supervisor.kept(home)
        if kept and all(one.pid for one in kept.values()):
            return
        time.sleep(POLL_SECONDS)
    raise C360Error(f"The supervisor does not answer. Its log is {home.log('supervisord')}.")


def _same(home: Home, settings: Settings, wanted: tuple[Part, ...], running: set[str]) -> None:
    """Refuses to call a stack up that is not the one asked for."""
    if missing := [part.name for part in wanted if part.name not in running]:
        raise UsageError(
            f"The stack in {home.root} is up without {', '.join(missing)}. Take it down first: 'c360 down'."
        )
    ports = json.loads(_running_path(home).read_text(encoding="ascii"))
    for field, port in _ports(settings, wanted).items():
        if ports.get(field) != port:
            raise UsageError(
                f"The stack in {home.root} is up with C360_{field.upper()}={ports.get(field)}, not {port}. "
                "Take it down first ('c360 down'), or set another C360_HOME to start a second one."
            )


def _ports(settings: Settings, parts: Iterable[Part]) -> dict[str, int]:
    return {field: getattr(settings, field) for part in parts for field in part.ports}


def _running_path(home: Home) -> Path:
    return home.run / "ports.json"


def _stop(root: Path) -> bool:
    there = members.members(root)
    if there and supervisor.shut_down(Home(root)):
        members.wait(there, STOP_SECONDS)
    members.end(root, LEFTOVER_SECONDS)
    if there:
        clear_socket(Home(root))
    return bool(there)
