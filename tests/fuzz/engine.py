"""What targets share that ask an embedded engine over its port: it lives on, and nothing but answers comes of it."""

import contextlib
import tempfile
from pathlib import Path

import psutil

from tests.fuzz.target import Target
from tests.integration.queries.bolt.server import world_engine

SECRET = "what no reader of SQL may see"
STATE = Path(__file__).with_name("sql_state.sql").read_text(encoding="utf-8")


class EngineTarget(Target):
    """A process of its own over a small world, beside a folder of the host with a file that is nobody's business."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        self._start()

    def _start(self) -> None:
        home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        self._host = home / "host"
        self._host.mkdir()
        (self._host / "secret.csv").write_text(f"{SECRET}\n", encoding="utf-8")
        self._engine, _ = self._stack.enter_context(world_engine(home / "engine"))
        self._process = psutil.Process(self._engine.pid)
        self._writer = self._engine.client()
        self._stack.callback(self._writer.close)
        self._prepare()
        self._state = self._seen()
        self._read = self._engine.log.stat().st_size

    def _prepare(self) -> None:
        """Makes what the inputs need in the world, before it is looked at."""
        self._writer.command("SYSTEM STOP MERGES")

    def mend(self) -> None:
        # One that hangs would not end when it is asked to.
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process.kill()
        self._stack.pop_all().close()
        self._start()

    def close(self) -> None:
        self._stack.close()

    def _expect_unharmed(self) -> None:
        """The process runs, answers the next client, has said nothing of an error, and no state has changed."""
        assert self._process.is_running(), self._said()
        assert self._process.status() != psutil.STATUS_ZOMBIE, self._said()
        changed = self._seen() ^ self._state
        assert not changed, f"something was written: {changed}"
        assert [path.name for path in self._host.iterdir()] == ["secret.csv"], "a file was written"
        assert "Traceback" not in (said := self._said()), said

    def _seen(self) -> set[tuple[object, ...]]:
        return set(map(tuple, self._writer.query(STATE).result_rows))

    def _said(self) -> str:
        """What the engine's process has said since the last time."""
        with self._engine.log.open("rb") as log:
            log.seek(self._read)
            said = log.read()
        self._read += len(said)
        return said.decode("utf-8", "replace")
