"""Dead letters from poison to replay: every reader's reason, what is refused still, each sent once whatever dies."""

import decimal
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from ops.letters.replay import letter_of
from schemas import wire
from schemas.clients import reader_client
from schemas.lag import end_offsets
from schemas.provision import create_topics
from schemas.reading import messages, reader
from schemas.records import schema, schema_text
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, DEAD_LETTERS, TRANSACTIONS
from tests.e2e.conftest import Stack
from tests.support.waiting import GIVE_UP, wait_for

C360 = [sys.executable, "-m", "ops.cli", "dead-letters"]
#: The command, whose process dies between the broker's answer and the note of it.
DIES = """
import os, signal
from ops.letters.replay import Replay
Replay.remember = lambda self, letters, offsets: os.kill(os.getpid(), signal.SIGKILL) if letters else None
from ops.cli import main
main()
"""
CUSTOMER = 900_003
AT = datetime(2026, 1, 2, tzinfo=UTC)


def run(stack: Stack, *words: str, code: int = 0, command: list[str] = C360) -> str:
    done = subprocess.run(
        [*command, *words], env=stack.environment, capture_output=True, text=True, timeout=GIVE_UP, check=False
    )
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


def account(output: str) -> dict[str, int]:
    return {name: int(count) for name, _, count in (word.partition("=") for word in output.splitlines()[-1].split())}


def transaction(number: int, schema_id: int, **more: Any) -> bytes:
    record = {
        "transaction_id": 8189 << 40 | number, "customer_id": CUSTOMER, "product_id": 1,
        "amount": decimal.Decimal("10.50"), "quantity": 1, "channel": "web", "status": "completed", "refers_to": None,
        "ts": AT, **more,
    }  # fmt: skip
    return wire.encode(record, schema("transaction"), schema_id)


def person(version: int, schema_id: int) -> bytes:
    record = {
        "customer_id": CUSTOMER, "name": "A", "email": "a@example.org", "segment": "VIP",
        "registration_date": AT.date(), "acquisition_channel": "organic", "country": "DE", "version": version,
        "deleted": False,
    }  # fmt: skip
    return wire.encode(record, schema("customer"), schema_id)


class Coming:
    """A schema that will be registered, under an id that is known before: all between are taken by others."""

    def __init__(self, settings: Settings, field: str = "voucher") -> None:
        """`field` is what it has more than the contract: no other test's."""
        self._settings, self._field = settings, field
        with Registry(settings) as registry:
            self.id = self._other(registry, 0) + 20

    def register(self) -> None:
        """From now on readers know it, and one more of customers."""
        wider = json.loads(schema_text(TRANSACTIONS.record))
        wider["fields"].append({"name": self._field, "type": ["null", "string"], "default": None})
        with Registry(self._settings) as registry:
            number = 1
            while self._other(registry, number) < self.id - 1:
                number += 1
            assert registry.register_text(TRANSACTIONS.subject(self._settings), json.dumps(wider)) == self.id
            people = {**json.loads(schema_text(CUSTOMERS.record)), "doc": f"by another producer, of {self._field}"}
            assert registry.register_text(CUSTOMERS.subject(self._settings), json.dumps(people)) == self.id + 1

    def encode(self, number: int) -> bytes:
        """A transaction by it."""
        return transaction(number, self.id) + b"\0"

    @staticmethod
    def _other(registry: Registry, number: int) -> int:
        text = json.dumps({"type": "record", "name": f"Other{number}", "namespace": "dead.letters", "fields": []})
        return registry.register_text(f"dead-letters-other-{number}", text)


@pytest.fixture
def client(stack: Stack) -> Client:
    return reader_client(stack.settings)


def replayed(settings: Settings, topic: str) -> Counter[bytes]:
    """How many records bear each letter's identity."""
    consumer = reader(settings, "dead-letters-test")
    found: Counter[bytes] = Counter()
    for (name, number), end in end_offsets(AdminClient({**settings.kafka_client}), [topic]).items():
        consumer.assign([TopicPartition(name, number, 0)])
        for batch in messages(consumer, name, 0, end):
            found.update(filter(None, map(letter_of, batch)))
    consumer.close()
    return found


def in_topic(settings: Settings) -> Counter[tuple[bytes, str]]:
    """How often the topic has each reader's letter of this customer's records."""
    consumer, name = reader(settings, "dead-letters-test"), DEAD_LETTERS.name(settings)
    found: Counter[tuple[bytes, str]] = Counter()
    for (_, number), end in end_offsets(AdminClient({**settings.kafka_client}), [name]).items():
        consumer.assign([TopicPartition(name, number, 0)])
        for batch in messages(consumer, name, 0, end):
            letters = [(one.key() or b"", wire.decode(one.value() or b"", schema("dead_letter"))) for one in batch]
            found.update((key, one["stage"]) for key, one in letters if one["key"] == str(CUSTOMER).encode())
    consumer.close()
    return found


@dataclass(frozen=True)
class Poison:
    """What was sent that readers cannot use; `mendable`, and a person who is outdated, once a schema is registered."""

    mendable: list[bytes]
    garbage: bytes
    short: bytes
    nonsense: bytes
    late_person: bytes


def poisoned(settings: Settings, coming: Coming) -> Poison:
    """Sends poison between good records, all of one customer."""
    create_topics(settings, [TRANSACTIONS, CUSTOMERS])
    with Registry(settings) as registry:
        own, people = registry.register(TRANSACTIONS), registry.register(CUSTOMERS)
    poison = Poison(
        [coming.encode(number) for number in (1, 2, 3)],
        b"garbage",
        transaction(4, own)[:9],
        transaction(5, own, product_id=-1),
        person(1, coming.id + 1),
    )
    producer = Producer({**settings.kafka_client, "partitioner": "murmur2_random"})
    for topic, values in (
        (TRANSACTIONS, [transaction(0, own), poison.garbage, *poison.mendable, poison.short, poison.nonsense]),
        (CUSTOMERS, [poison.late_person, person(2, people)]),
    ):
        for value in values:
            producer.produce(topic.name(settings), value, str(CUSTOMER), timestamp=int(AT.timestamp() * 1000))
    assert producer.flush(30) == 0
    return poison


MINE = ("--where", f"key = '{CUSTOMER}'")


def test_letters_are_listed_shown_and_replayed_once(stack: Stack, client: Client, tmp_path: Path) -> None:
    coming = Coming(stack.settings)
    poison = poisoned(stack.settings, coming)
    wait_for(lambda: sum(len(one["reasons"]) for one in listed(stack)) == 14, "both readers' reasons", 60)
    wait_for(lambda: len(in_topic(stack.settings)) == 14, "and their letters are in the topic", 60)
    assert set(in_topic(stack.settings).values()) == {1}
    shown = {bytes.fromhex(one["value"]): one for one in (show(stack, each) for each in listed(stack))}
    assert set(shown) == {
        poison.garbage, poison.short, poison.nonsense, *poison.mendable, poison.late_person
    }  # fmt: skip
    _look(stack, poison, shown, tmp_path / "raw")
    names = {value: identity(one) for value, one in shown.items()}
    _replay(stack, coming, poison, names)
    orders = f"SELECT orders FROM customer_features WHERE customer_id = {CUSTOMER}"
    stored = f"SELECT count() FROM transactions WHERE customer_id = {CUSTOMER}"
    wait_for(lambda: client.command(stored) == 4, "the mended ones are stored", 60)
    wait_for(lambda: client.query(orders).result_rows == [(4,)], "and counted", 60)


def _look(stack: Stack, poison: Poison, shown: dict[bytes, dict[str, Any]], raw: Path) -> None:
    topic = TRANSACTIONS.name(stack.settings)
    assert Counter(one["topic"] for one in listed(stack)) == {topic: 6, CUSTOMERS.name(stack.settings): 1}
    readers = Counter(reason["reader"] for one in listed(stack) for reason in one["reasons"])
    assert readers == {"stream_processors": 7, "sinks": 7}
    counts = json.loads(run(stack, "list", "--json", *MINE))["counts"]
    assert sum(row["letters"] for row in counts if row["reader"] == "sinks") == 7
    assert len(listed(stack, "--reason", "PRODUCT ID is not 1 to")) == 1
    assert len(listed(stack, "--topic", "customers", "--since", "2026-01-01")) == 1
    assert listed(stack, "--until", "2026-01-01") == []
    assert f"{topic}/" in run(stack, "list", *MINE)
    assert shown[poison.nonsense]["record"]["product_id"] == -1
    assert shown[poison.garbage]["unreadable"]
    assert shown[poison.garbage]["key"] == str(CUSTOMER)
    run(stack, "show", identity(shown[poison.short]), "--raw", str(raw))
    assert raw.read_bytes() == poison.short
    run(stack, "show", f"{topic}/0/{1 << 40}", code=1)
    run(stack, "list", "--where", "nonsense = 1", code=1)


def _replay(stack: Stack, coming: Coming, poison: Poison, names: dict[bytes, str]) -> None:
    topic = TRANSACTIONS.name(stack.settings)
    unmended = account(run(stack, "replay", *MINE, "--dry-run", code=1))
    assert unmended == {"would_send": 0, "arrived_before": 0, "replayed_before": 0, "refused": 7}
    coming.register()
    dying = [sys.executable, "-c", DIES, "dead-letters"]
    run(stack, "replay", *MINE, "--yes", code=-9, command=dying)
    once = {names[value].encode(): 1 for value in poison.mendable}
    assert replayed(stack.settings, topic) == once
    again = run(stack, "replay", *MINE, "--yes", code=1)
    assert account(again) == {"sent": 0, "arrived_before": 3, "replayed_before": 0, "refused": 4}
    assert "has version 2 already" in again
    assert account(run(stack, "replay", *MINE, "--yes", code=1))["replayed_before"] == 3
    assert replayed(stack.settings, topic) == once
    first = poison.mendable[0]
    where = ("--where", f"value = unhex('{first.hex()}')")
    assert account(run(stack, "replay", *where, "--again", "--yes"))["sent"] == 1
    assert replayed(stack.settings, topic) == {**once, names[first].encode(): 2}


def listed(stack: Stack, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(stack, "list", "--json", *MINE, *words))["letters"]
    return found


def identity(shown: dict[str, Any]) -> str:
    return f"{shown['topic']}/{shown['partition']}/{shown['offset']}"


def show(stack: Stack, one: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run(stack, "show", identity(one), "--json"))
    return shown
