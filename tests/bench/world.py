"""The whole history on a running stack, and live events that go on in the same world."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ops.progress import Progress
from ops.stack import environment
from ops.stack.parts import BOLT, CLICKHOUSE, KAFKA, STREAM_PROCESSORS
from producers.backfill.history import CUSTOMERS, PRODUCTS
from schemas.clients import writer_client
from schemas.errors import UnreachableError
from schemas.settings import Settings
from tests.bench.files import sql
from tests.support.stack import own_settings, running
from tests.support.waiting import wait_for

_BACKFILL = [sys.executable, "-m", "producers.backfill"]
_SIMULATE = [sys.executable, "-m", "producers.simulate"]
#: What the questions are asked of, and what says that everything is counted.
NEEDED = (KAFKA, CLICKHOUSE, STREAM_PROCESSORS, BOLT)
#: Longer than any benchmark streams: it is ended.
LIVE_SECONDS = 3600


def sized(scale: float) -> list[str]:
    """The options of a world of that share of the client's customers and products."""
    return ["--customers", str(round(CUSTOMERS * scale)), "--products", str(round(PRODUCTS * scale))]


@contextlib.contextmanager
def filled(home: Path | None, scale: float) -> Iterator[tuple[Settings, Mapping[str, str]]]:
    """A stack that is running (its ports from C360_*_PORT), or one of its own with that share of the history.

    Gives its settings and the environment of its commands once everything is stored, counted and rolled up.

    Raises:
        UnreachableError: `home` is given, and a part of that stack does not answer.
    """
    if home is not None:
        settings = Settings(home=home)
        _expect_running(settings, home)
        _settle(settings)
        yield settings, {**os.environ, **environment(settings)}
        return
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        settings = own_settings(Path(folder) / "home")
        with running(settings) as own:
            subprocess.run(
                [*_BACKFILL, "--scale", f"{scale:.6f}"], env=dict(own), check=True, stdout=subprocess.DEVNULL
            )
            _settle(settings)
            yield settings, own


@contextlib.contextmanager
def streaming(variables: Mapping[str, str], scale: float, rate: int) -> Iterator[None]:
    """Meanwhile so many events a second arrive."""
    command = [*_SIMULATE, *sized(scale), "--rate", f"{rate}/s", "--duration", f"{LIVE_SECONDS}s"]
    simulator = subprocess.Popen(command, env=dict(variables), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        if simulator.poll() is not None:
            raise RuntimeError(f"simulate ended early, with {simulator.returncode}")
    finally:
        simulator.terminate()
        simulator.wait(timeout=30)


def _expect_running(settings: Settings, home: Path) -> None:
    silent = [part.title for part in NEEDED if not part.probe(settings).answers()]
    if silent:
        raise UnreachableError(
            f"There is no stack running with C360_HOME={home}: no answer from {', '.join(silent)}. "
            f"Start it ('C360_HOME={home} c360 up -d'), or leave --home out: one is started and filled then."
        )


def _settle(settings: Settings) -> None:
    wait_for(Progress(settings).done, "everything is stored and counted", 1800, every=1.0)
    writer = writer_client(settings)
    behind = sql("sinks", "rollups_behind")
    wait_for(lambda: not writer.query(behind).result_rows, "the rollups have caught up", 900, every=1.0)
    writer.close()
