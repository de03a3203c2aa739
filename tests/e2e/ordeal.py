"""A stream during which every part is killed once, and the account afterwards."""

import contextlib
import signal
from pathlib import Path

import numpy as np

from ops.demo.account import Acknowledged, Line, account
from ops.progress import Progress
from queries.runner import Runner
from schemas.cli import INTERRUPTED
from schemas.clients import reader_client
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.bench.audit import audit
from tests.e2e.conftest import Stack
from tests.support.simulator import finish, simulate, started
from tests.support.stack import kill
from tests.support.verification import verified
from tests.support.waiting import wait_for

#: Longer than all kills take.
LONGEST = "10m"
PARTS = ("clickhouse", "stream_processors", "registry", "kafka", "sinks")


def ordeal(stack: Stack, folder: Path, world: tuple[str, ...], *, history: str, rate: str) -> Acknowledged:
    """History, then a live stream under kills; nothing is lost, nothing is seen twice. What was acknowledged.

    The stream lasts as long as the kills do, however slow the machine, and is then ended by Ctrl-C.
    """
    past = simulate(
        stack.environment,
        *world,
        *("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", history, "--rate", "max"),
        *("--acked", str(folder / "history.npz")),
    )
    words = (*world, "--rate", rate, "--duration", LONGEST, "--acked", str(folder / "live.npz"))
    with started(stack.environment, *words) as live:
        for part in (*PARTS, *(["ingest"] if stack.remote else [])):
            kill(stack.keeper(part), part)
        assert live.poll() is None, "the stream ended before every part was killed"
        live.send_signal(signal.SIGINT)
        done = finish(live, seconds=240, code=INTERRUPTED)
    wait_for(Progress(stack.settings).done, "everything is stored, counted and published", seconds=120, every=0.5)
    for topic in (TRANSACTIONS, INTERACTIONS):
        lists = [np.load(folder / name)[topic.stream] for name in ("history.npz", "live.npz")]
        found = audit(stack.settings, topic, np.concatenate(lists))
        assert (found.lost, found.duplicates_visible) == (0, 0), found
    return {str(run["source"]): run["streams"] for run in (past, done)}


def balanced(stack: Stack, acknowledged: Acknowledged) -> None:
    """Acknowledged = SQL, and SQL = Cypher = features; every feature is what the raw rows say."""
    runner, client = Runner(stack.settings), reader_client(stack.settings)

    def lines() -> list[Line]:
        return account(client, lambda text: int(runner.cypher(text, {}).rows[0][0]), acknowledged)

    with contextlib.suppress(AssertionError):  # what differs then is shown
        wait_for(lambda: all(line.holds for line in lines()), "they are equal", seconds=60, every=1.0)
    assert [line for line in lines() if not line.holds] == []
    found = verified(stack.environment)
    assert (found["mismatches"], found["waiting"]) == (0, 0), found
    assert found["customers"] > 0
