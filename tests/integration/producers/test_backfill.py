"""A backfill against a real Kafka: in order, once, whole, whatever stops it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from ops.stack.status import part_statuses
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, SOURCES, TRANSACTIONS
from tests.bench.audit import topic_ids
from tests.integration.producers.topics import installation, records
from tests.support.naming import named
from tests.support.simulator import simulate
from tests.support.waiting import GIVE_UP, wait_for

EVENTS, SMALL = 34_350, ("--customers", "1000", "--products", "500")
LARGER, MORE = 103_050, ("--customers", "3000", "--products", "500")
TEN_MINUTES = 600_000
#: The command, which keeps its position as often as it can.
COMMAND = """
import sys
from producers import sender
from producers.backfill.__main__ import main
from schemas.cli import run
sender.BATCH, sender.KEEP_SECONDS = 1024, 0.0
run(main, sys.argv[1:], "backfill")
"""


@dataclass
class Bench:
    """An installation and how backfills run on it."""

    settings: Settings
    environment: dict[str, str]
    broker: int
    options: dict[str, str] = field(default_factory=dict)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Starts one."""
        options = {"C360_KAFKA_OPTIONS": json.dumps(self.options)} if self.options else {}
        return subprocess.Popen(
            [sys.executable, "-m", "ops.launcher.bound", "-c", COMMAND, *words, "--json"],
            env={**self.environment, **options},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ended(self, process: subprocess.Popen[str], code: int = 0) -> tuple[dict[str, Any], str]:
        """Its account, if it printed one, and what it said."""
        out, err = process.communicate(timeout=GIVE_UP)
        assert process.returncode == code, f"exit {process.returncode}: {err[-2000:]}"
        return (json.loads(out.splitlines()[-1]) if out else {}), err

    def run(self, *words: str, code: int = 0) -> tuple[dict[str, Any], str]:
        """Runs one to its end."""
        return self.ended(self.begin(*words), code)

    @property
    def position(self) -> int:
        """The position that is kept."""
        files = list((self.settings.home / "backfill").glob("*.json"))
        return max((json.loads(file.read_text(encoding="utf-8"))["position"] for file in files), default=0)

    def ids(self) -> list[int]:
        """The ids of all events in Kafka."""
        return [int(one) for topic in (TRANSACTIONS, INTERACTIONS) for one in topic_ids(self.settings, topic)]


@pytest.fixture
def bench(kafka: tuple[Settings, dict[str, str]], tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    """Topics and a state folder of the test's own."""
    settings, environment = installation(kafka, f"{named(request, 150)}.")
    broker = part_statuses(settings)["kafka"].pid
    assert broker is not None
    return Bench(settings.model_copy(update={"home": tmp_path}), {**environment, "C360_HOME": str(tmp_path)}, broker)


def complete(bench: Bench, account: Mapping[str, Any], events: int) -> list[int]:
    """Every event is there, at least once; the ids found."""
    assert (account["complete"], account["position"], account["failed"]) == (True, events, 0)
    ids = bench.ids()
    updates = events - len(set(ids))
    # Changes of customers have no id of their own; the rest is dense.
    assert 0 <= updates < events / 100
    assert {one >> 40 for one in ids} == {account["source"]}
    assert max(ids) & ((1 << 40) - 1) < events
    return ids


def test_every_partition_is_in_the_order_of_events(bench: Bench) -> None:
    account, _ = bench.run(*SMALL, "--workers", "2")
    assert len(complete(bench, account, EVENTS)) == EVENTS - account["streams"]["customers"]
    assert account["sent"] == EVENTS
    for topic in (TRANSACTIONS, INTERACTIONS, CUSTOMERS, PRODUCTS):
        found = records(bench.settings, topic)
        assert found
        for partition in range(topic.count(bench.settings)):
            stamps = np.array([stamp for number, _, _, stamp in found if number == partition])
            assert (np.maximum.accumulate(stamps) - stamps <= TEN_MINUTES).all()
    stamps = np.array([stamp for _, _, _, stamp in records(bench.settings, TRANSACTIONS)])
    assert stamps.min() >= 1_759_276_800_000  # 2025-10-01
    assert stamps.max() < 1_759_276_800_000 + 395 * 86_400_000


def getting_on(bench: Bench, position: int = 0) -> subprocess.Popen[str]:
    """One that has come beyond this position."""
    process = bench.begin(*MORE)
    wait_for(lambda: bench.position > position or process.poll() is not None, "it gets on", 60, every=0.005)
    assert process.poll() is None, process.communicate()
    return process


def killed_beyond(bench: Bench, position: int) -> None:
    """Starts one and kills it once its position is beyond this one."""
    process = getting_on(bench, position)
    process.kill()
    process.communicate()


def test_killed_three_times_it_is_whole_and_little_is_sent_again(bench: Bench) -> None:
    before = 0
    for _ in range(3):
        killed_beyond(bench, before)
        assert before < bench.position < LARGER
        before = bench.position
    account, _ = bench.run(*MORE)
    ids = complete(bench, account, LARGER)
    assert before <= LARGER - account["sent"]
    again, _ = bench.run(*MORE)
    assert (again["sent"], again["complete"]) == (0, True)
    assert sorted(bench.ids()) == sorted(ids)


def test_run_twice_it_sends_nothing_even_without_its_file(bench: Bench) -> None:
    first, said = bench.run(*SMALL)
    assert "The history is complete" in said
    for file in (bench.settings.home / "backfill").iterdir():
        file.unlink()
    second, said = bench.run(*SMALL)
    assert (second["sent"], second["laid"], second["complete"]) == (0, {}, True)
    assert "Nothing was left to send" in said
    ids = complete(bench, first, EVENTS)
    third, _ = bench.run(*SMALL, "--no-resume")
    assert third["sent"] == EVENTS
    assert third["laid"] == {"products": 500, "customers": 1000}
    assert sorted(bench.ids()) == sorted(ids * 2)
    live = simulate(bench.environment, *first["goes_on"].split()[3:], "--events", "500", "--rate", "max")
    assert live["laid"] == {}
    assert live["source"] != first["source"]
    assert len(set(bench.ids())) == len(ids) + live["streams"]["transactions"] + live["streams"]["interactions"]


def test_behind_other_events_it_says_what_it_does_not_do(bench: Bench) -> None:
    small = ("--customers", "100", "--products", "50")
    _, said = bench.run(*small)
    assert "already" not in said
    first = len(bench.ids())
    _, said = bench.run(*small, "--no-resume")
    assert "already" not in said  # these are its own
    _, said = bench.run(*small, "--seed", "7")
    assert re.search(rf"hold {first * 2:,} events already.*churn alerts", said)


def test_interrupted_it_says_how_to_go_on_and_sends_nothing_twice(bench: Bench) -> None:
    process = getting_on(bench)
    process.send_signal(signal.SIGINT)
    first, said = bench.ended(process, 130)
    assert "Run the same command again" in said
    assert first["position"] == bench.position
    second, _ = bench.run(*MORE, "--workers", "2")
    assert len(complete(bench, second, LARGER)) == len(set(bench.ids()))
    assert second["sent"] == LARGER - first["position"]


def test_its_workers_end_with_it(bench: Bench) -> None:
    process = bench.begin("--customers", "100k", "--products", "500", "--workers", "2")
    me = psutil.Process(process.pid)
    workers = wait_for(
        lambda: [one for one in me.children(recursive=True) if "spawn_main" in str(one.cmdline())], "workers", 60
    )
    process.kill()
    process.communicate()
    wait_for(lambda: not any(one.is_running() for one in workers), "the workers are gone", 60)


def test_a_broker_that_dies_is_said_in_one_line_and_gone_on_with(bench: Bench) -> None:
    bench.options = {"message.timeout.ms": "3000", "queue.buffering.max.messages": "5000"}
    process = getting_on(bench)
    os.kill(bench.broker, signal.SIGSTOP)
    try:
        _, said = bench.ended(process, 1)
    finally:
        os.kill(bench.broker, signal.SIGCONT)
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    assert lines[0].startswith("Error: Kafka did not take what was sent: Local: Message timed out")
    assert "Run the same command again" in lines[0]
    bench.options = {}
    kept = bench.position
    account, _ = bench.run(*MORE)
    assert 0 < account["sent"] <= LARGER - kept
    complete(bench, account, LARGER)


def test_a_topic_that_would_delete_it_is_refused(bench: Bench) -> None:
    bench.environment["C360_TOPIC_RETENTION_MS"] = "604800000"
    _, error = bench.run(*SMALL, code=2)
    assert "retention.ms=604800000" in error
    assert "--add-config retention.ms=-1" in error
    assert not records(bench.settings, TRANSACTIONS)
    assert not records(bench.settings, CUSTOMERS)
    assert not records(bench.settings, SOURCES)


def test_until_now_stays_what_it_was_settled_as(bench: Bench) -> None:
    first, _ = bench.run(*SMALL, "--to", "now")
    second, _ = bench.run(*SMALL, "--to", "now")
    assert (second["sent"], second["to"]) == (0, first["to"])
    assert "--start" not in first["goes_on"]
    assert "--epoch" in first["goes_on"]


def test_no_room_for_the_position(bench: Bench) -> None:
    (bench.settings.home / "backfill").write_text("in the way", encoding="utf-8")
    _, said = bench.run(*SMALL, code=1)
    assert len(said.strip().splitlines()) == 1
    assert "backfill" in said
