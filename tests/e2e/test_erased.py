"""An erased customer stays erased, whatever is restored, replayed, laid or read again; one stack sees all of it."""

import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from ops.progress import Progress
from ops.stack import environment, start, stop
from ops.stack.members import members
from schemas import wire
from schemas.clients import reader_client, writer_client
from schemas.erased import RESTORED, remembered
from schemas.errors import WireError
from schemas.ids import LAST_VERSION
from schemas.lag import end_offsets
from schemas.reading import messages, reader
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, CUSTOMER_FEATURES, CUSTOMERS, DEAD_LETTERS, TRANSACTIONS, Topic
from tests.e2e.conftest import only_where_all_is_here
from tests.support.stack import own_settings
from tests.support.waiting import GIVE_UP, wait_for

pytestmark = only_where_all_is_here

HISTORY = ("--customers", "1000", "--products", "100", "--seed", "5")
EVENTS = 34_350
#: The backfill, which keeps its position so often that it can be cut off in the middle.
BACKFILL = """
import sys
from producers import sender
from producers.backfill.__main__ import main
from schemas.cli import run
sender.BATCH, sender.KEEP_SECONDS = 128, 0.0
run(main, sys.argv[1:], "backfill")
"""
#: Of a customer's record, as producers send it.
COLUMNS = ("customer_id", "name", "email", "segment", "registration_date", "acquisition_channel", "country", "version")
#: What is deleted of an erased customer, and where.
PLACES = (
    "customer_features", "churn_alerts", "recommendation_lists", "rollup_customer_snapshots", "letters_of_theirs",
)  # fmt: skip

Ends = dict[tuple[str, int], int]
"""By topic and partition."""


@dataclass(frozen=True)
class Shop:
    """A stack with half a history, and a customer in it who has everything that goes with an erasure."""

    settings: Settings
    environment: dict[str, str]
    customer: int
    record: dict[str, Any]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        client = reader_client(self.settings)
        try:
            return [tuple(row) for row in client.query(sql, settings={"final": 0}).result_rows]
        finally:
            client.close()

    def call(self, *words: object, code: int = 0) -> str:
        """Runs a module; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "ops.launcher.bound", "-m", *map(str, words)],
            env=self.environment, capture_output=True, text=True, timeout=GIVE_UP, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr[-2000:] + done.stdout[-2000:]
        return done.stdout

    def held(self) -> dict[str, int]:
        """How many rows the tables have of the customer on the disk beside what they did."""
        found = {table: f"{table} WHERE customer_id = {self.customer}" for table in PLACES[:-1]}
        topic = CUSTOMERS.name(self.settings)
        found[PLACES[-1]] = f"dead_letters WHERE topic = '{topic}' AND key = '{self.customer}'"
        return {name: int(self.ask(f"SELECT count() FROM {table}")[0][0]) for name, table in found.items()}

    def api(self, path: str) -> httpx2.Response:
        key = self.settings.secret_path("api").read_text(encoding="ascii").strip()
        return httpx2.get(f"{self.settings.api_url}/v1/{path}", headers={"X-API-Key": key}, timeout=GIVE_UP)

    def told(self) -> str:
        """All that the API says of the customer."""
        paths = ("", "/recommendations", "/similar")
        pages = [self.api(f"customers/{self.customer}{path}").text for path in paths]
        return " ".join([*pages, self.api(f"alerts?customer_id={self.customer}").text])

    def settled(self) -> None:
        """Returns when all that is in Kafka is stored, counted and published."""
        wait_for(Progress(self.settings).done, "everything is stored, counted and published", seconds=120, every=0.3)

    def is_nobody(self) -> None:
        """No table and no page of the API names them or tells of them; what they did is counted."""
        rows = self.ask(f"SELECT DISTINCT name, email, version FROM customers WHERE customer_id = {self.customer}")
        assert rows == [("", "", LAST_VERSION)]
        # A block that was on its way in goes with the next look.
        wait_for(lambda: not any(self.held().values()), "nothing is held")
        assert self.api(f"customers/{self.customer}").status_code == 404
        assert self.api(f"alerts?customer_id={self.customer}").json()["alerts"] == []
        said = self.told()
        assert self.record["name"] not in said
        assert self.record["email"] not in said
        assert self.ask(f"SELECT count() > 0 FROM transactions WHERE customer_id = {self.customer}") == [(True,)]

    def is_nobody_to_commands(self) -> None:
        """Nor do the graph, features and recommendations."""
        question = f"MATCH (c:Customer) WHERE c.customer_id = {self.customer} RETURN c.name AS name"
        words = [sys.executable, "-m", "ops.cli", "cypher", "-", "--format", "json"]
        answer = subprocess.run(
            words, env=self.environment, input=question, capture_output=True, text=True, timeout=GIVE_UP, check=True
        )
        assert json.loads(answer.stdout)["rows"] == []
        self.call("ops.cli", "features", self.customer, code=1)
        self.call("ops.cli", "recommend", self.customer, "--json", code=1)

    def becomes_nobody(self) -> None:
        """The same, once all has been read and what came again is deleted."""
        self.settled()
        newest = f"SELECT DISTINCT version FROM customers WHERE customer_id = {self.customer}"
        wait_for(lambda: self.ask(newest) == [(LAST_VERSION,)], "older records are deleted")
        self.is_nobody()

    def ends(self, *topics: Topic) -> Ends:
        names = [topic.name(self.settings) for topic in topics]
        return end_offsets(AdminClient({**self.settings.kafka_client, "log_level": 0}), names)

    def published(self, topic: Topic, since: Ends | None = None) -> list[bytes]:
        """The customer's records in a topic, tombstones aside; those behind its ends of then."""
        consumer, found = reader(self.settings, "c360.test-erased"), []
        try:
            for (name, number), end in self.ends(topic).items():
                begin = (since or {}).get((name, number), 0)
                consumer.assign([TopicPartition(name, number, begin)])
                for batch in messages(consumer, name, begin, end):
                    found += [one.value() for one in batch if one.key() == b"%d" % self.customer]
        finally:
            consumer.close()
        return [value for value in found if value is not None]


def spoilt(shop: Shop) -> list[bytes]:
    """The customer's record cut off at every byte, and with every byte behind the number another one, where that makes
    it unreadable."""
    parsed = schema(CUSTOMERS.record)
    with Registry(shop.settings) as registry:
        whole = wire.encode(shop.record, parsed, registry.register(CUSTOMERS))
    behind = wire.HEADER.size + 2
    found = [whole[:end] for end in range(len(whole))]
    found += [whole[:at] + wrong + whole[at + 1 :] for at in range(behind, len(whole)) for wrong in (b"\xff", b"\x01")]
    return [value for value in found if value and is_refused(value, parsed)]


def is_refused(value: bytes, parsed: Any) -> bool:
    try:
        wire.decode(value, parsed)
    except WireError:
        return True
    return False


def cut_off(variables: dict[str, str], home: Path) -> None:
    """Lays half a history."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.launcher.bound", "-c", BACKFILL, *HISTORY, "--json"],
        env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip

    def position() -> int:
        files = list((home / "backfill").glob("*.json"))
        return max((json.loads(file.read_text(encoding="utf-8"))["position"] for file in files), default=0)

    wait_for(lambda: position() > EVENTS // 2 or process.poll() is not None, "half is laid", 60, every=0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=GIVE_UP)
    assert process.returncode == 130, said
    assert EVENTS // 2 < position() < EVENTS


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Of the customer there are features, alerts, recommendations, and letters of every way to spoil their record."""
    folder = tmp_path_factory.mktemp("erased")
    settings = own_settings(folder / "home", snapshot_seconds=2.0, producers_metrics_port=0)
    start(settings)
    try:
        variables = {**os.environ, **environment(settings)}
        cut_off(variables, settings.home)
        nobody = Shop(settings, variables, 0, {})
        nobody.settled()
        nobody.call("queries.recommend", "refresh", "--json")
        ((customer,),) = nobody.ask(
            "SELECT max(customer_id) FROM churn_alerts "
            "WHERE customer_id IN (SELECT customer_id FROM customer_features) "
            "AND customer_id IN (SELECT customer_id FROM recommendation_lists)"
        )
        columns = ", ".join(COLUMNS)
        ((*values,),) = nobody.ask(f"SELECT {columns} FROM customers FINAL WHERE customer_id = {customer}")
        shop = Shop(settings, variables, customer, {**dict(zip(COLUMNS, values, strict=True)), "deleted": False})
        producer = Producer({**settings.kafka_client, "partitioner": "murmur2_random", "log_level": 0})
        for value in spoilt(shop):
            producer.produce(CUSTOMERS.name(settings), value, b"%d" % customer)
        assert producer.flush(GIVE_UP) == 0
        wait_for(lambda: shop.held()["letters_of_theirs"], "the letter is there")
        wait_for(lambda: shop.held()["rollup_customer_snapshots"], "the rollup has them", 120)
        shop.settled()
        yield shop
    finally:
        stop(settings)
    assert members(settings.home) == []


def test_reasons_of_dead_letters_quote_nothing_of_a_record(shop: Shop) -> None:
    """They stay where letters are erased."""
    reasons = shop.ask(
        "SELECT DISTINCT error FROM (SELECT error FROM dead_letters UNION ALL SELECT error FROM dead_letter_reasons "
        "UNION ALL SELECT error FROM refused_records)"
    )
    assert len(reasons) > 5, reasons
    words = {*shop.record["name"].split(), *shop.record["email"].replace("@", ".").split(".")}
    pieces = {word[at : at + 4].lower() for word in words for at in range(len(word) - 3)}
    quoted = [(piece, reason) for (reason,) in reasons for piece in pieces if piece in reason.lower()]
    assert quoted == []


def test_a_restore_of_a_backup_of_before(shop: Shop, tmp_path: Path) -> None:
    held = shop.held()
    assert min(held.values()) > 0, held
    assert shop.record["email"] in shop.told()
    shop.call("ops.cli", "backup", tmp_path / "before")
    shop.call("ops.cli", "forget", shop.customer)
    stop(shop.settings)
    shop.call("ops.cli", "restore", tmp_path / "before", "--replace")
    assert remembered(shop.settings) == {shop.customer}
    assert (shop.settings.home / RESTORED).exists()
    start(shop.settings)
    # At once, and not only when all has been read: whoever could ask now asks for the first time.
    shop.is_nobody()
    shop.is_nobody_to_commands()
    assert not (shop.settings.home / RESTORED).exists()
    shop.becomes_nobody()
    (newest,) = (wire.decode(value, schema(CUSTOMERS.record)) for value in shop.published(CUSTOMERS)[-1:])
    assert (newest["version"], newest["name"], newest["email"]) == (LAST_VERSION, "", "")


def test_a_table_that_reads_its_topic_again(shop: Shop) -> None:
    """Of all records of the customer the erasure is read last, and of all tables this one has the name."""
    read_again(shop, CUSTOMERS)
    shop.becomes_nobody()


def test_workers_that_count_everything_anew(shop: Shop) -> None:
    before = shop.ends(CUSTOMER_FEATURES, CHURN_ALERTS)
    stop(shop.settings)
    shutil.rmtree(shop.settings.home / "stream_processors")
    start(shop.settings)
    shop.becomes_nobody()
    after = shop.ends(CUSTOMER_FEATURES, CHURN_ALERTS)
    for topic in (CUSTOMER_FEATURES, CHURN_ALERTS):
        name = topic.name(shop.settings)
        assert sum(after[place] - before[place] for place in after if place[0] == name) > 0, f"{name} has nothing new"
        assert shop.published(topic, before) == []


def test_a_replay_of_a_file_of_old_records(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    rows = [shop.record, {**shop.record, "version": shop.record["version"] + 1_000_000}]
    with file.open("w", newline="", encoding="utf-8") as text:
        written = csv.DictWriter(text, list(shop.record))
        written.writeheader()
        written.writerows(rows)
    before = shop.ends(CUSTOMERS)
    shop.call("producers.replay", file)
    # The worker puts the erasure behind them.
    wait_for(lambda: versions(shop, before)[-1:] == [LAST_VERSION], "the erasure is the last record")
    assert versions(shop, before)[:2] == [row["version"] for row in rows]
    shop.becomes_nobody()


def test_a_history_that_is_gone_on_with_and_one_that_is_laid_again(shop: Shop) -> None:
    before = shop.ends(CUSTOMERS)
    account = json.loads(shop.call("producers.backfill", *HISTORY, "--json").splitlines()[-1])
    assert 0 < account["sent"] < EVENTS
    assert account["complete"]
    shop.becomes_nobody()
    account = json.loads(shop.call("producers.backfill", *HISTORY, "--no-resume", "--json").splitlines()[-1])
    assert account["laid"]["customers"] == 1000
    wait_for(lambda: versions(shop, before)[-1:] == [LAST_VERSION], "the erasure is the last record")
    assert len(versions(shop, before)) > 1
    shop.becomes_nobody()


def test_a_database_that_is_dropped_and_made_again(shop: Shop) -> None:
    with contextlib.closing(writer_client(shop.settings, database="default")) as client:
        client.command(f"DROP DATABASE {shop.settings.clickhouse_database} SYNC")
    shop.call("sinks", "--migrate-only")
    read_again(shop, CUSTOMERS, CUSTOMER_FEATURES, CHURN_ALERTS, DEAD_LETTERS, TRANSACTIONS)
    shop.becomes_nobody()


def read_again(shop: Shop, *topics: Topic) -> None:
    for topic in topics:
        shop.call("ops.cli", "reset-offsets", topic.stream, "--to-earliest")


def versions(shop: Shop, since: Ends) -> list[int]:
    """Of the customer's records in the topic."""
    return [wire.decode(value, schema(CUSTOMERS.record))["version"] for value in shop.published(CUSTOMERS, since)]
