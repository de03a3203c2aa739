"""A backup that is taken while events flow, and a state folder that is lost: what comes back is what was there."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.demo.account import Acknowledged
from ops.progress import Progress
from ops.stack import environment, start, stop
from ops.stack.members import members
from queries.catalogue import catalogue
from queries.runner import Runner
from schemas.cli import INTERRUPTED
from schemas.clients import reader_client
from schemas.settings import Settings
from tests.e2e.conftest import Stack, only_where_all_is_here
from tests.e2e.ordeal import balanced
from tests.support.simulator import finish, simulate, started
from tests.support.stack import own_settings
from tests.support.waiting import GIVE_UP, wait_for

WORLD = ("--customers", "300", "--products", "60", "--seed", "11")
PAST = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "10k", "--rate", "max")
#: Tables whose rows must come back one by one, and the columns that say when somebody stored them.
TABLES = ("customers", "products", "transactions", "interactions", "customer_features", "churn_alerts", "dead_letters")
ERASED = 7


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """One that may be taken down and lost."""
    settings = own_settings(tmp_path / "home", snapshot_seconds=2.0, producers_metrics_port=0)
    start(settings)
    yield Stack(settings, {**os.environ, **environment(settings)})
    stop(settings)
    assert members(settings.home) == []


def c360(settings: Settings, *words: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *map(str, words)],
        env={**os.environ, **environment(settings)},
        capture_output=True,
        text=True,
        timeout=GIVE_UP,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def erase(stack: Stack, folder: Path) -> None:
    """As people do it: a customer of a higher version, deleted."""
    head = "customer_id,name,email,segment,registration_date,acquisition_channel,country,version,deleted"
    file = folder / "customers.csv"
    file.write_text(f"{head}\n{ERASED},,,UNKNOWN,2025-01-01,UNKNOWN,ZZ,99,true\n", encoding="utf-8")
    words = [sys.executable, "-m", "ops.launcher.bound", "-m", "producers.replay", str(file)]
    subprocess.run(words, env=stack.environment, check=True, timeout=GIVE_UP, capture_output=True)


def settled(settings: Settings) -> None:
    wait_for(Progress(settings).done, "everything is stored, counted and published", seconds=120, every=0.5)
    wait_for(lambda: not Runner(settings).behind(), "rollups have caught up", seconds=120, every=1.0)


def is_erased(settings: Settings) -> bool:
    client = reader_client(settings)
    try:
        return not client.query(f"SELECT 1 FROM customers WHERE customer_id = {ERASED}").result_rows
    finally:
        client.close()


def answers(settings: Settings) -> dict[str, Any]:
    """All rows, and what every report and graph question says of them."""
    runner, client = Runner(settings), reader_client(settings)
    found: dict[str, Any] = {
        table: sorted(map(str, client.query(f"SELECT * FROM {table}").result_rows)) for table in TABLES
    }
    client.close()
    for query in catalogue("sql"):
        found[f"sql {query.name}"] = runner.sql(query.name).rows
    for query in catalogue("cypher"):
        found[f"cypher {query.name}"] = runner.cypher(query.name).rows
    return found


@only_where_all_is_here
def test_erased_homes_come_back(stack: Stack, tmp_path: Path) -> None:
    here = stack.settings
    past = simulate(stack.environment, *WORLD, *PAST)
    wait_for(lambda: not is_erased(here), "the customer is there")
    erase(stack, tmp_path)
    wait_for(lambda: is_erased(here), "the customer is erased")

    # While events flow.
    with started(stack.environment, *WORLD, "--rate", "200", "--duration", "10m") as live:
        wait_for(lambda: _live_rows(here), "live events are stored")
        said = json.loads(c360(here, "backup", tmp_path / "first", "--json").splitlines()[-1])
        assert said["stopped_seconds"] > 0
        assert live.poll() is None, "the stream did not outlive the backup"
        stored = _live_rows(here)
        wait_for(lambda: _live_rows(here) > stored, "events are stored again")
        live.send_signal(signal.SIGINT)
        done = finish(live, seconds=240, code=INTERRUPTED)
    # Nothing that was acknowledged before, while or after the parts stood still is lost.
    acknowledged: Acknowledged = {str(run["source"]): run["streams"] for run in (past, done)}
    settled(here)
    balanced(stack, acknowledged)
    before = answers(here)

    # The folder is lost: the last quiet moment comes back, elsewhere and on other ports.
    c360(here, "backup", tmp_path / "second")
    stop(here)
    shutil.rmtree(here.home)
    there = own_settings(tmp_path / "elsewhere" / "home", snapshot_seconds=2.0, producers_metrics_port=0)
    c360(there, "restore", tmp_path / "second")
    try:
        start(there)
        settled(there)
        assert answers(there) == before
        assert is_erased(there)
        # It goes on: what comes now is stored, counted and published once.
        elsewhere = Stack(there, {**os.environ, **environment(there)})
        more = simulate(elsewhere.environment, *WORLD, "--events", "2k", "--rate", "max")
        settled(there)
        balanced(elsewhere, {**acknowledged, str(more["source"]): more["streams"]})
    finally:
        stop(there)

    # The moment in the middle of the stream is one moment too: rows, features and offsets agree.
    c360(here, "restore", tmp_path / "first")
    start(here)
    settled(here)
    balanced(stack, {str(past["source"]): past["streams"]})
    assert is_erased(here)


def _live_rows(settings: Settings) -> int:
    client = reader_client(settings)
    try:
        return int(client.query("SELECT count() FROM interactions WHERE ts > now() - 600").result_rows[0][0])
    finally:
        client.close()
