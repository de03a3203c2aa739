"""The procedures of docs/operations.md, run as they stand, on a stack that may be taken down."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from ops.progress import Progress
from ops.stack import environment, start, stop
from ops.stack.members import members
from queries.runner import Runner
from schemas.alignment import states
from schemas.clients import reader_client, writer_client
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, TRANSACTIONS
from tests.e2e.test_dead_letters import CUSTOMER, Coming, account, person
from tests.support.simulator import simulate
from tests.support.stack import own_settings
from tests.support.waiting import GIVE_UP, wait_for

GUIDE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
WORLD = ("--customers", "200", "--products", "50", "--seed", "9")
PAST = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "5k", "--rate", "max")
#: Procedures without a block to run, and what tries them or why nothing does.
ELSEWHERE = {
    "Install": "tests/e2e/test_package.py, but for the download of packages",
    "Add workers": "tests/integration/stream_processors/test_worker.py",
    "Erase a customer": "tests/e2e/test_forget.py, and what comes afterwards tests/e2e/test_erased.py",
    "Change a schema": "tests/unit/schemas/test_registry.py refuses what breaks readers; the rest is a change of code",
    "Alerts": "tests/unit/ops/test_deployment.py",
}


def procedures() -> dict[str, list[str]]:
    """The blocks of each procedure, by its title."""
    _, _, text = GUIDE.partition("\n## Procedures\n")
    parts = re.split(r"^### (.+)\n", text.split("\n## ")[0], flags=re.MULTILINE)[1:]
    return {
        title: re.findall(r"^```sh\n(.*?)^```", body, re.MULTILINE | re.DOTALL)
        for title, body in zip(parts[::2], parts[1::2], strict=True)
    }


Facts = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Place:
    """A folder that is laid out as the guide thinks of it, and the stack in its .c360."""

    folder: Path
    settings: Settings
    environment: dict[str, str]

    def follow(self, title: str, block: int = 0) -> str:
        """Runs a block of a procedure; what it prints."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", procedures()[title][block]],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=GIVE_UP,
            check=False,
        )
        assert done.returncode == 0, f"{title}: {done.stderr[-2000:]} {done.stdout[-2000:]}"
        return done.stdout

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        client = reader_client(self.settings)
        try:
            return [tuple(row) for row in client.query(sql).result_rows]
        finally:
            client.close()

    def verify(self) -> None:
        """Every feature is what the raw rows say."""
        command = [sys.executable, "-m", "ops.cli", "features", "--verify", "--wait", "120"]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=GIVE_UP, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def facts(self) -> Facts:
        """What must be the same after a procedure that changes nothing that is asked for."""
        wait_for(Progress(self.settings).done, "everything is stored, counted and published", seconds=120, every=0.5)
        wait_for(lambda: not Runner(self.settings).behind(), "rollups have caught up", seconds=120, every=1.0)
        # Where a row was read from is not what it says.
        features = "SELECT * EXCEPT (input_offsets, input_records) FROM customer_features ORDER BY customer_id"
        events = ("transactions", "interactions", "customers", "products")
        return {
            "features": self.ask(features),
            # Scores are floats, which features made anew may add up in another order.
            "alerts": self.ask("SELECT * EXCEPT (score, previous_score) FROM churn_alerts ORDER BY alert_id"),
            **{table: self.ask(f"SELECT * FROM {table} ORDER BY ALL") for table in events},
            "revenue": Runner(self.settings).sql("1").rows,
        }


def different(found: Facts, wanted: Facts, *, but: Collection[str] = ()) -> dict[str, Any]:
    """The first rows of each kind that are only here and only there."""
    told = {}
    for name in wanted.keys() - set(but):
        here, there = Counter(found[name]), Counter(wanted[name])
        if here != there:
            told[name] = {"found": list(here - there)[:2], "wanted": list(there - here)[:2]}
    return told


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("guide")
    (folder / ".venv").symlink_to(sys.prefix)
    settings = own_settings(folder / ".c360", snapshot_seconds=2.0, producers_metrics_port=0)
    start(settings)
    try:
        variables = {**os.environ, **environment(settings)}
        assert simulate(variables, *WORLD, *PAST)["failed"] == 0
        yield Place(folder, settings, variables)
    finally:
        stop(settings)
    assert members(settings.home) == []


def test_every_procedure_is_tried() -> None:
    run = {title for title, blocks in procedures().items() if blocks}
    assert run == set(re.findall(r'follow\("([^"]+)"', Path(__file__).read_text(encoding="utf-8")))
    assert set(procedures()) == run | set(ELSEWHERE)


@pytest.mark.soak
def test_backed_up_changed_and_restored(place: Place) -> None:
    before = place.facts()
    place.follow("Back up")
    simulate(place.environment, *WORLD, "--events", "500", "--rate", "max")
    assert place.facts() != before
    place.follow("Restore")
    assert not different(place.facts(), before)


@pytest.mark.soak
def test_who_was_deleted_since_the_backup_is_deleted_after_it_was_restored(place: Place) -> None:
    head = "customer_id,name,email,segment,registration_date,acquisition_channel,country,version,deleted"
    row = "7,,,UNKNOWN,2025-01-01,UNKNOWN,ZZ,99,true"
    (place.folder / "customers.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    replay = [sys.executable, "-m", "ops.launcher.bound", "-m", "producers.replay", "customers.csv"]
    subprocess.run(replay, cwd=place.folder, env=place.environment, check=True, capture_output=True, timeout=GIVE_UP)
    gone = "SELECT 1 FROM customers WHERE customer_id = 7"
    wait_for(lambda: not place.ask(gone), "the customer is deleted")
    place.follow("Restore", 1)
    wait_for(lambda: not place.ask(gone), "the customer is deleted again")
    place.facts()
    assert place.ask(gone) == []


@pytest.mark.soak
def test_clickhouse_s_own_backup(place: Place) -> None:
    before = place.facts()
    said = place.follow("Restore", 2)
    assert said.count("BACKUP_CREATED") == 1
    assert said.count("RESTORED") == 1
    assert not different(place.facts(), before)


@pytest.mark.soak
def test_upgraded(place: Place) -> None:
    before = place.facts()
    assert "c360.transactions" in place.follow("Upgrade")
    assert not different(place.facts(), before)


@pytest.mark.soak
def test_passwords(place: Place) -> None:
    before = place.facts()
    old = place.settings.writer_password
    place.follow("Rotate a password")
    assert place.settings.writer_password != old
    assert not different(place.facts(), before)


@pytest.mark.soak
def test_read_again(place: Place) -> None:
    before = place.facts()
    client = writer_client(place.settings)
    client.command("TRUNCATE TABLE customers")
    client.close()
    assert "records are read again" in place.follow("Replay from an offset or a time")
    assert not different(place.facts(), before)
    place.follow("Replay from an offset or a time", 1)
    # Features that are made anew add their floats in another order: SQL says whether they are right.
    assert not different(place.facts(), before, but=["features"])
    place.verify()


@pytest.mark.soak
def test_dead_letters(place: Place) -> None:
    coming, topic = Coming(place.settings), TRANSACTIONS.name(place.settings)
    producer = Producer({**place.settings.kafka_client, "partitioner": "murmur2_random"})
    with Registry(place.settings) as registry:
        somebody = person(1, registry.register(CUSTOMERS))
    producer.produce(CUSTOMERS.name(place.settings), somebody, b"%d" % CUSTOMER)
    producer.produce(topic, coming.encode(1), b"%d" % CUSTOMER)
    assert producer.flush(GIVE_UP) == 0
    wait_for(lambda: place.ask("SELECT 1 FROM dead_letters") == [(1,)], "it is a dead letter")
    coming.register()
    said = place.follow("Work with dead letters")
    assert topic in said
    assert account(said)["sent"] == 1
    stored = f"SELECT count() FROM transactions WHERE customer_id = {CUSTOMER}"
    wait_for(lambda: place.ask(stored) == [(1,)], "it is stored")


@pytest.mark.soak
def test_more_partitions(place: Place) -> None:
    before = place.facts()
    place.follow("More partitions")
    more = place.settings.model_copy(
        update={"topic_prefix": "c360v2.", "topic_partitions": 8, "clickhouse_database": "customer360v2"}
    )
    after = Place(place.folder, more, {**os.environ, **environment(more)})
    assert {state.partitions for state in states(more)} == {8, 1}
    assert not different(after.facts(), before, but=["features", "alerts"])
    after.verify()


@pytest.mark.soak
def test_retention(place: Place) -> None:
    """Last: it lets events go."""
    said = place.follow("Retention")
    assert "c360.transactions: retention.ms was -1, is 17280000000" in said
    # Of four partitions a quarter each.
    assert "c360.transactions: retention.bytes was -1, is 12500000000" in said
