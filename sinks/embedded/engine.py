"""Opens chdb so that its Kafka engine works: load order, pool sizes and access roles in one place.

chdb's own package opens and closes a trial engine when it is imported, and closing any engine marks the process's
streaming tables as shut down for good: every later `ENGINE = Kafka` is refused. So the extension is loaded without
the package, and nothing else in this process may import `chdb`. tests/integration/sinks fails once that is mended.
"""

import ctypes
import fcntl
import importlib
import importlib.util
import os
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from string import Template
from typing import IO, Any, Final, Literal, Protocol
from xml.sax.saxutils import escape

import psutil

from schemas.errors import C360Error, SettingError
from schemas.private import private

ROLE_WRITER: Final = "c360_writer"
ROLE_READER: Final = "c360_reader"


class Result(Protocol):
    """What the extension answers to a query or to a fetch."""

    def bytes(self) -> bytes: ...  # the formatted rows
    def size(self) -> int: ...  # bytes of the formatted rows
    def elapsed(self) -> float: ...  # seconds
    def rows_read(self) -> int: ...  # rows of the result
    def bytes_read(self) -> int: ...  # bytes of the result, in memory
    def rows_written(self) -> int: ...
    def bytes_written(self) -> int: ...
    def storage_rows_read(self) -> int: ...
    def storage_bytes_read(self) -> int: ...


class Connection(Protocol):
    """One session of the engine: its queries run one after another, and release the GIL. Errors are RuntimeError."""

    def query(self, query_str: str, format: str = ..., *, params: Mapping[str, str] = ...) -> Result: ...  # noqa: A002 - the extension's name
    def send_query(self, query_str: str, format: str = ..., *, params: Mapping[str, str] = ...) -> object: ...  # noqa: A002 - the same
    def streaming_fetch_result(self, streaming_result: object) -> Result: ...
    def streaming_cancel_query(self, streaming_result: object) -> None: ...
    def classify_query(self, sql: str) -> Mapping[str, Any]: ...  # query_class, statement_count and more
    def close(self) -> None: ...


class Engine:
    """The one engine of this process. Closing it ends Kafka's consumers and flushes what is under way."""

    def __init__(self, path: Path, extension: types.ModuleType, first: Connection, lock: IO[str]) -> None:
        self._path = path
        self._extension = extension
        self._first = first
        self._lock = lock

    def query(self, sql: str, output_format: str = "TabSeparated", params: Mapping[str, str] | None = None) -> bytes:
        """The whole answer, from a session with every right. One caller at a time.

        Raises:
            RuntimeError: what the engine says, beginning with `Code: N.`
        """
        return self._first.query(sql, output_format, params=params or {}).bytes()

    def connect(self, role: Literal["c360_writer", "c360_reader"]) -> Connection:
        """A session of its own that has one of the two roles. Costs about 0.3 ms."""
        connection: Connection = self._extension.connect(str(self._path))
        connection.query(f"SET ROLE {role}")
        return connection

    def close(self) -> None:
        """Ends the engine; call it when every other connection is closed."""
        self._first.close()
        self._lock.close()


def open_engine(
    path: Path,
    *,
    database: str = "customer360",
    memory_bytes: int | None = None,
    authority: str = "",
    before: Callable[[Path], None] = lambda _: None,
) -> Engine:
    """Opens the engine at a folder, which is made if missing, with `database` in it.

    Args:
        memory_bytes: what all queries together may use; half of the machine's memory if not given.
        authority: PEM file of who signed the schema registry's certificate, if the system does not trust it.
        before: called once the folder is ours and nobody has opened it.

    Raises:
        C360Error: another process has the folder, or the engine refuses it; and what `before` raises.
    """
    if any(character in str(path) for character in "?&#"):
        raise SettingError(f"ClickHouse's data cannot be kept in {path}: ?, & and # have a meaning to it. Rename it.")
    private(path)
    lock = _lock(path)
    before(path)
    memory = memory_bytes or psutil.virtual_memory().total // 2
    config = _write_config(path, database=database, memory=memory, authority=authority)
    extension = _load_extension()
    try:
        first: Connection = extension.connect(f"{path}?config-file={config}")
        first.query(f"CREATE DATABASE IF NOT EXISTS {database}")
    except RuntimeError as error:
        lock.close()
        raise C360Error(f"ClickHouse's data in {path} cannot be opened: {error}") from None
    return Engine(path, extension, first, lock)


def _lock(path: Path) -> IO[str]:
    lock = (path / "engine.pid").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise C360Error(
            f"{path} is in use by process {owner}. Stop that ClickHouse, or choose another C360_HOME."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _write_config(path: Path, *, database: str, memory: int, authority: str) -> Path:
    folder = path / "config"
    folder.mkdir(exist_ok=True)
    backups = path.parent / "backups"
    values = {
        "users": escape(str(folder / "users.xml")),
        "memory": memory,
        "backups": escape(f"{backups}/"),
        "database": database,
        "authority": _config("authority.xml").substitute(file=escape(authority)) if authority else "",
    }
    for name in ("users.xml", "engine.xml"):
        (folder / name).write_text(_config(name).substitute(values), encoding="utf-8")
    return folder / "engine.xml"


def _config(name: str) -> Template:
    return Template((resources.files("sinks.embedded") / "config" / name).read_text(encoding="utf-8"))


def _load_extension() -> types.ModuleType:
    if "chdb" in sys.modules:
        raise RuntimeError("chdb is already imported in this process: its Kafka engine is shut down for good")
    spec = importlib.util.find_spec("chdb")
    if spec is None or spec.origin is None:
        raise C360Error("chdb is not installed. Run 'make setup'.")
    package = Path(spec.origin).parent
    library = package / "_chdb.abi3.so"
    # The library carries its own copies of what others load too (lz4, zstd, librdkafka): let it find its own first.
    ctypes.CDLL(str(library), mode=sys.getdlopenflags() | getattr(os, "RTLD_DEEPBIND", 0))
    with _package_without_init(package):
        return importlib.import_module("chdb._chdb")


@contextmanager
def _package_without_init(package: Path) -> Iterator[None]:
    """While it lasts, `chdb` names an empty package at the same place, and the extension finds its helpers."""
    empty: Any = types.ModuleType("chdb")
    empty.__path__ = [str(package)]
    sys.modules["chdb"] = empty
    before = Path.cwd()
    os.chdir(package)
    try:
        yield
    finally:
        os.chdir(before)
        del sys.modules["chdb"]
