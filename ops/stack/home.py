"""The state folder of one embedded stack: its layout, its version, its secrets and who may use it."""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from schemas.errors import C360Error, UsageError
from schemas.private import private
from schemas.settings import STACK_FILE, Settings

VERSION = 1
SECRETS = ("clickhouse_writer", "clickhouse_reader", "bolt", "api", "console")
#: Of servers that ask for one only where they speak TLS.
TLS_SECRETS = ("kafka", "schema_registry")
#: Longest path of a Unix socket that Linux and macOS both take; supervisord binds a longer name first.
SOCKET_LENGTH = 104 - len(".1234567")


@dataclass(frozen=True)
class Home:
    """Paths below C360_HOME."""

    root: Path

    @property
    def marker(self) -> Path:
        """Says that the folder is ours, and of which version."""
        return self.root / STACK_FILE

    @property
    def is_ours(self) -> bool:
        """Whether a stack was ever started in it."""
        return self.marker.exists()

    @property
    def restoring(self) -> Path:
        """Where a restore makes the next state, beside it."""
        return self.root.with_name(self.root.name + ".restoring")

    @property
    def lacks_restore(self) -> bool:
        """Whether a restore was cut off after the former state had gone aside, or where there was none."""
        return self.restoring.exists() and not self.is_ours

    @property
    def run(self) -> Path:
        """Configuration of the running stack, written anew at every start."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """One log a part."""
        return self.root / "logs"

    @property
    def socket(self) -> Path:
        """Where supervisord listens; in the temporary folder when C360_HOME is too long a path for a socket."""
        near = self.run / "supervisor.sock"
        if len(os.fsencode(near)) <= SOCKET_LENGTH:
            return near
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"c360-{os.getuid()}-{digest}" / "s"

    def log(self, part: str) -> Path:
        """The log of a part."""
        return self.logs / f"{part}.log"

    def spec(self, part: str) -> Path:
        """What the launcher is told about a part."""
        return self.run / f"{part}.json"

    def data(self, part: str) -> Path:
        """The folder of a part's own data."""
        return self.root / part


def prepare(settings: Settings) -> Home:
    """The state folder, made if it is missing, and closed to everybody but its owner.

    Raises:
        C360Error: it is not ours, of another version, or cannot be used.
    """
    home = Home(settings.home)
    try:
        check(home)
        for folder in (home.root, home.run, home.logs, home.root / "secrets"):
            private(folder)
        _close(home.root)
        home.marker.write_text(json.dumps({"version": VERSION}) + "\n", encoding="ascii")
        _prepare_socket(home)
        names = (*SECRETS, *(TLS_SECRETS if settings.tls_certificate else ()))
        for path in map(settings.secret_path, names):
            if not path.exists():
                make_secret(path)
    except OSError as error:
        raise _unusable(home.root, error) from None
    return home


def check(home: Home) -> None:
    """Refuses a folder that is not a stack's of this version, or lacks a restore; a missing one is fine.

    Raises:
        C360Error: saying which it is.
    """
    try:
        _check(home)
    except OSError as error:
        raise _unusable(home.root, error) from None


def _unusable(root: Path, error: OSError) -> C360Error:
    return C360Error(
        f"C360_HOME {root} cannot be used: {error.filename}: {error.strerror}. "
        "Set C360_HOME to a folder that can be read and written."
    )


def _check(home: Home) -> None:
    if home.lacks_restore:
        raise UsageError(
            f"C360_HOME {home.root} lacks its state: a restore was cut off, {home.restoring} is left of it. Restore "
            "again ('c360 restore FOLDER'), or remove what is left to begin with an empty stack."
        )
    if not home.root.exists():
        return
    if not home.root.is_dir():
        raise C360Error(f"C360_HOME {home.root} is not a folder. Set C360_HOME to one.")
    if not home.marker.exists():
        # Histories and replays into another Kafka keep what they know there too.
        if any(entry.name not in {"run", "replay", "backfill"} for entry in home.root.iterdir()):
            raise C360Error(
                f"C360_HOME {home.root} holds files that are not a stack's. Set C360_HOME to an empty or a new folder."
            )
        return
    try:
        version = json.loads(home.marker.read_text(encoding="ascii"))["version"]
    except (ValueError, KeyError, TypeError):
        version = "unreadable"
    if version != VERSION:
        raise C360Error(
            f"C360_HOME {home.root} was made by another version ({version}, this is {VERSION}). "
            "Set C360_HOME to a new folder, or delete this one if its data may go."
        )


def is_open(path: Path) -> bool:
    """Whether anybody but its owner may look into it."""
    return path.stat().st_mode & 0o077 != 0


def _close(root: Path) -> None:
    """One that was there before may be open to others; one that is not ours is its owner's to close."""
    if is_open(root) and root.stat().st_uid == os.getuid():
        root.chmod(0o700)


def _prepare_socket(home: Home) -> None:
    folder = home.socket.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise C360Error(f"{folder} belongs to somebody else. Delete it, or set C360_HOME to a shorter path.")
    folder.chmod(0o700)


def clear_socket(home: Home) -> None:
    """Removes what a supervisord that is gone left: its socket, and the temporary folder made for a long path's."""
    folder = home.socket.parent
    home.socket.unlink(missing_ok=True)
    if folder != home.run and folder.is_dir():
        folder.rmdir()


def make_secret(path: Path) -> None:
    """Puts a new random password into a file that only its owner reads, in one step."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="ascii") as file:
        # Such files are made with mode 0600.
        file.write(secrets.token_urlsafe(24) + "\n")
    Path(file.name).replace(path)


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keeps a second `up` or `down` of the same folder waiting.

    Raises:
        C360Error: the folder cannot be used.
    """
    while True:
        with _lock_file(root) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # A restore may have put another folder in its place while we waited.
            if not _is_there(lock):
                continue
            yield
            return


def _lock_file(root: Path) -> IO[str]:
    folder = root / "run"
    try:
        return (private(folder) / "lock").open("w")
    except OSError as error:
        raise _unusable(root, error) from None


def _is_there(file: IO[str]) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), Path(file.name).stat())
    except FileNotFoundError:
        return False
