"""Takes a backup, and makes a state folder of one.

Most is copied while everything runs. Then the parts stand still for as long as it takes to copy what has changed since,
so that topics, tables, snapshots, schemas and offsets are those of one moment.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.backup import manifest
from ops.backup.mirror import Mirror
from ops.stack import control, supervisor
from ops.stack.home import Home, check, locked
from ops.stack.members import members, users
from ops.stack.parts import PARTS
from schemas.durable import sync
from schemas.erased import NAME, RESTORED, carry_over
from schemas.errors import C360Error, UsageError
from schemas.settings import Settings

#: Made anew at every start, or of no use elsewhere.
LEFT_OUT = frozenset({"run", "logs", "backups", "clickhouse/engine.pid", "clickhouse/config", "clickhouse/tmp"})
#: Between a home's name and the time at which a restore moved it aside.
ASIDE = ".before-"
#: What must stay free beside the copy, in bytes.
SPARE_BYTES = 1 << 28

Progress = Callable[[str, int, int], None]
"""What is being done, bytes done, bytes in all."""


def backup(settings: Settings, target: Path, progress: Progress) -> dict[str, Any]:
    """Copies the state into a new folder; the manifest, with `stopped_seconds`, how long the parts were.

    Raises:
        UsageError: there is no state, or the folder cannot be made.
        C360Error: there is too little room, or parts do not stand still; or they do not come back, and the backup is
            whole all the same.
    """
    home = Home(settings.home)
    check(home)
    if not home.is_ours:
        raise UsageError(f"There is nothing to back up in {home.root}. Set C360_HOME to a stack's folder.")
    _check_target(home, target)
    making = target.with_name(target.name + ".making")
    making.mkdir(mode=0o700)
    try:
        mirror = Mirror(home.root, making / manifest.STATE, LEFT_OUT)
        size = mirror.size()
        _check_room(target.parent, size)
        stopped, late = _copy(settings, mirror, _counting(progress, "copying", size))
        about = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "stopped_seconds": round(stopped, 3)}
        told = _counting(progress, "reading back", size)
        found = manifest.seal(making, {**about, "elsewhere": elsewhere(settings)}, told)
        making.rename(target)
        sync(target.parent)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    if late:
        raise C360Error(f"{late} The backup is whole: it is in {target}.") from late
    return found


def elsewhere(settings: Settings) -> list[str]:
    """Parts that are servers of their own here: what they hold is not in C360_HOME."""
    return [part.name for part in PARTS if part.elsewhere(settings)]


def restore(settings: Settings, source: Path, replace: bool, progress: Progress) -> Path | None:
    """Makes the state folder what it was; where the former one is now, if there was one.

    Nothing is touched before every file of the backup has been read and is right.

    Raises:
        UsageError: the stack is up, or has state that is not to be replaced, or `source` is no backup.
        C360Error: a file is damaged, or there is too little room.
    """
    home = Home(settings.home)
    found = manifest.read(source)
    _check_down(home)
    there = _holds_something(home.root)
    if there and not replace:
        raise UsageError(f"C360_HOME {home.root} holds something. Set another, or move it aside with --replace.")
    # The lock is a file in the folder, and goes aside with it: no `up` gets past it before the exchange.
    with locked(home.root) if there else nullcontext():
        _check_down(home)
        with _made(home, source, found, progress) as making:
            if there:
                # The backup does not know who was erased since: `python -m sinks` erases them again.
                carry_over(home.root, making)
            (making / RESTORED).touch(mode=0o600)
            _check_down(home)
            if not there and _holds_something(home.root):
                raise UsageError(f"C360_HOME {home.root} was empty and no longer is. Set another.")
            return _exchange(home.root, making, there)


@contextmanager
def _made(home: Home, source: Path, found: dict[str, Any], progress: Progress) -> Iterator[Path]:
    """The state of a backup, checked and copied beside C360_HOME; it is removed when anything fails.

    But where a former restore was cut off and C360_HOME is missing: what is left says so to `up`, and knows who was
    erased, until a restore is whole.
    """
    size = sum(about["bytes"] for about in found["files"].values())
    manifest.check(source, found, _counting(progress, "checking", size))
    home.root.parent.mkdir(parents=True, exist_ok=True)
    _check_room(home.root.parent, size)
    making, was_cut_off = home.restoring, home.lacks_restore
    try:
        making.mkdir(mode=0o700, exist_ok=True)
        # Before anything goes: after a restore that was cut off, what is left of it or a former home alone may know.
        for knows in (source / manifest.STATE, home.root, *_asides(home.root)):
            carry_over(knows, making)
        _clear(making)
        size -= found["files"].get(NAME, {"bytes": 0})["bytes"]
        Mirror(source / manifest.STATE, making, frozenset({NAME})).copy(_counting(progress, "copying", size))
        check(Home(making))
        yield making
    except BaseException:
        if not was_cut_off:
            shutil.rmtree(making, ignore_errors=True)
        raise


def _clear(making: Path) -> None:
    """Removes what is left of another restore, but for who is erased."""
    for path in making.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != NAME:
            path.unlink()


def _asides(root: Path) -> list[Path]:
    """What restores have moved aside."""
    return [path for path in root.parent.iterdir() if path.name.startswith(root.name + ASIDE) and path.is_dir()]


def _check_down(home: Home) -> None:
    if members(home.root):
        raise UsageError(f"The stack in {home.root} is up. Take it down first: 'c360 down'.")
    if others := users(home.root):
        raise UsageError(
            f"Processes that you started use {home.root}: {', '.join(str(one.pid) for one in others)}. End them first."
        )


def _holds_something(root: Path) -> bool:
    return root.exists() and any(root.iterdir())


def _counting(progress: Progress, what: str, size: int) -> Callable[[int], None]:
    """Takes the bytes of each piece."""
    done = 0

    def told(piece: int) -> None:
        nonlocal done
        done += piece
        progress(what, done, size)

    told(0)
    return told


def _copy(settings: Settings, mirror: Mirror, told: Callable[[int], None]) -> tuple[float, C360Error | None]:
    """Copies all of it, the last of it while the parts stand still.

    Returns:
        How many seconds they did, and what is wrong if one does not come back.
    """
    home = Home(settings.home)
    began = time.time_ns()
    up = supervisor.kept(home) is not None
    if up:
        mirror.copy(told)
    with locked(home.root):
        # An engine or a broker that no supervisor knows would write on.
        if not up and members(home.root):
            raise C360Error(f"Processes of {home.root} are ending. Try again, or end them: 'c360 down'.")
        stopped_at, whole, late = time.monotonic(), False, None
        try:
            with control.standing_still(settings) if up else nullcontext():
                mirror.copy(told, began)
                whole = True
        except C360Error as error:
            if not whole:
                raise
            late = error
        return (time.monotonic() - stopped_at if up else 0.0), late


def _check_target(home: Home, target: Path) -> None:
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent} for the backup. Make it first.")
    if target.exists():
        raise UsageError(f"{target} exists: give the backup another name, or remove it first.")
    if target.is_relative_to(home.root) and not target.is_relative_to(home.root / "backups"):
        raise UsageError(
            f"{target} is in C360_HOME: a backup belongs on another disk, or into {home.root / 'backups'}."
        )


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_BYTES:
        raise C360Error(
            f"{folder} has {free / 1e9:.1f} GB free, {(size + SPARE_BYTES) / 1e9:.1f} are needed. Make room."
        )


def _exchange(root: Path, making: Path, there: bool) -> Path | None:
    aside = None
    if there:
        aside = root.with_name(f"{root.name}{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        root.rename(aside)
    elif root.exists():
        root.rmdir()
    try:
        making.rename(root)
    except BaseException:
        if aside:
            aside.rename(root)
        raise
    if aside:
        _keep_backups(aside, root)
    return aside


def _keep_backups(aside: Path, root: Path) -> None:
    """Backups that lie in C360_HOME, ClickHouse's own too, are no state: they stay where they were."""
    kept = root / "backups"
    if not (aside / kept.name).is_dir():
        return
    try:
        if not kept.exists():
            (aside / kept.name).rename(kept)
            return
        # One that was restored wins over one of its name.
        for path in (aside / kept.name).iterdir():
            if not (kept / path.name).exists():
                path.rename(kept / path.name)
    except OSError as error:
        raise C360Error(
            f"{root} is as it was, but backups stay in {aside / kept.name}: {error.strerror}. Move them to {kept}."
        ) from None
