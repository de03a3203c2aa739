"""Wrong words and wrong bytes: one clear line and the right exit code; good events beside bad ones are kept."""

import decimal
import functools
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer

from schemas import wire
from schemas.clients import reader_client
from schemas.provision import create_topics
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.e2e.conftest import Stack
from tests.support.waiting import GIVE_UP, wait_for

C360 = [sys.executable, "-m", "ops.cli"]
SIMULATE = [sys.executable, "-m", "producers.simulate"]
FEW = ["--customers", "100", "--products", "20", "--events", "10", "--rate", "max"]


def refused(command: list[str], environment: Mapping[str, str], code: int, *words: str) -> None:
    """The command ends with the code and one line on stderr that holds the words."""
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=GIVE_UP, check=False)
    assert done.returncode == code, done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize("rate", ["fast", "-5/s", "0/s"])
def test_a_rate_that_is_none(stack: Stack, rate: str) -> None:
    refused([*SIMULATE, "--rate", rate], stack.environment, 2, rate)


def test_no_broker(stack: Stack) -> None:
    refused(
        [*SIMULATE, *FEW], {**stack.environment, "C360_KAFKA_BOOTSTRAP": "127.0.0.1:1"}, 1, "127.0.0.1:1", "c360 up"
    )


def test_no_registry(stack: Stack) -> None:
    environment = {**stack.environment, "C360_SCHEMA_REGISTRY_URL": "http://127.0.0.1:1"}
    refused([*SIMULATE, *FEW], environment, 1, "http://127.0.0.1:1", "C360_SCHEMA_REGISTRY_URL")


def test_a_topic_with_too_few_partitions(stack: Stack) -> None:
    refused([*SIMULATE, *FEW], {**stack.environment, "C360_TOPIC_PARTITIONS": "8"}, 1, "partitions", "8")


def test_a_schema_that_breaks_compatibility(stack: Stack) -> None:
    settings = stack.settings.model_copy(update={"topic_prefix": "clash."})
    with Registry(settings) as registry:
        registry.enforce_compatibility()
        registry.register_text(
            TRANSACTIONS.subject(settings),
            '{"type": "record", "name": "Transaction", "namespace": "c360", '
            '"fields": [{"name": "transaction_id", "type": "string"}]}',
        )
    refused([*SIMULATE, *FEW], {**stack.environment, "C360_TOPIC_PREFIX": "clash."}, 1, "clash.transactions-value")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["sql", "99"], 2, "99"),
        (["cypher", "no_such"], 2, "no_such"),
        (["sql", "1", "--param", "nonsense=1"], 2, "nonsense"),
        (["cypher", "4", "--param", "customer_id=many"], 2, "customer_id"),
        (["cypher", "4", "--param", "customer_id=4000000000"], 1, "4000000000"),
    ],
)
def test_a_query_parameter_or_customer_that_is_not_there(stack: Stack, words: list[str], code: int, said: str) -> None:
    refused([*C360, *words], stack.environment, code, said)


def test_sql_with_an_error(stack: Stack) -> None:
    command = ["sh", "-c", f"echo 'SELECT nonsense FROM customers' | {' '.join(C360)} sql -"]
    refused(command, stack.environment, 1, "nonsense")


def test_a_wrong_password(stack: Stack) -> None:
    refused([*C360, "sql", "1"], {**stack.environment, "C360_CLICKHOUSE_READER_PASSWORD": "wrong"}, 1, "c360_reader")


def _transaction(number: int, schema_id: int) -> bytes:
    record = {
        "transaction_id": number,
        "customer_id": 900_001,
        "product_id": 1,
        "amount": decimal.Decimal("10.50"),
        "quantity": 1,
        "channel": "web",
        "status": "completed",
        "refers_to": None,
        "ts": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return wire.encode(record, schema("transaction"), schema_id)


def test_bad_records_land_in_dead_letters_whole_and_their_neighbours_are_kept(stack: Stack) -> None:
    settings: Settings = stack.settings
    create_topics(settings, [TRANSACTIONS])
    with Registry(settings) as registry:
        schema_id = registry.register(TRANSACTIONS)
    good = [_transaction(8191 << 40 | number, schema_id) for number in range(6)]
    bad = [b"garbage", good[0][:9], b"\x00\x00\x0f\x42\x40" + good[0][5:]]
    producer = Producer({**settings.kafka_client, "partitioner": "murmur2_random"})
    for pair in zip(good[:3], bad, strict=True):
        for value in pair:
            producer.produce(TRANSACTIONS.name(settings), value, b"900001")
    for value in good[3:]:
        producer.produce(TRANSACTIONS.name(settings), value, b"900001")
    assert producer.flush(30) == 0
    client = reader_client(settings)
    mine = "SELECT count() FROM transactions WHERE customer_id = 900001"
    wait_for(lambda: client.command(mine) == 6, "six good records", seconds=30)
    letters = "SELECT value FROM dead_letters WHERE key = '900001' ORDER BY offset"
    wait_for(lambda: len(client.query(letters).result_rows) == 3, "three dead letters", seconds=30)
    values = [row[0] for row in client.query(letters, column_formats={"value": "bytes"}).result_rows]
    assert values == bad
    orders = "SELECT orders FROM customer_features WHERE customer_id = 900001"
    wait_for(lambda: client.query(orders).result_rows == [(6,)], "six orders in the features", seconds=30)


SENSE = {"product_id": 1, "duration_seconds": 1, "type": "view", "device": "mobile", "session_id": 1}
NONSENSE: tuple[dict[str, Any], ...] = (
    {"customer_id": (1 << 32) + 900_002},
    {"customer_id": -1},
    {"product_id": (1 << 32) + 1},
    {"duration_seconds": -4},
    {"interaction_id": -9},
    {"ts": datetime(1999, 12, 31, tzinfo=UTC)},
    {"ts": datetime(2026, 1, 2, 1, 0, 1, tzinfo=UTC)},
)


def test_readable_records_that_make_no_sense_are_kept_by_nobody(stack: Stack) -> None:
    """In columns too narrow for them they would pass for records of somebody else."""
    settings: Settings = stack.settings
    create_topics(settings, [INTERACTIONS])
    with Registry(settings) as registry:
        schema_id = registry.register(INTERACTIONS)
    at = datetime(2026, 1, 2, tzinfo=UTC)
    good = {**SENSE, "interaction_id": 8190 << 40, "customer_id": 900_002, "ts": at}
    bad = [{**good, "interaction_id": (8190 << 40) + 1 + place, **change} for place, change in enumerate(NONSENSE)]
    values = [wire.encode(record, schema("interaction"), schema_id) for record in [*bad, good]]
    producer = Producer({**settings.kafka_client, "partitioner": "murmur2_random"})
    for value in values:
        producer.produce(INTERACTIONS.name(settings), value, b"900002", timestamp=int(at.timestamp() * 1000))
    assert producer.flush(30) == 0
    client = reader_client(settings)
    letters = "SELECT value FROM dead_letters WHERE key = '900002' ORDER BY offset"
    wait_for(lambda: len(client.query(letters).result_rows) == len(bad), "all that is bad is a dead letter", seconds=30)
    assert [row[0] for row in client.query(letters, column_formats={"value": "bytes"}).result_rows] == values[:-1]
    views = "SELECT views FROM customer_features WHERE customer_id = 900002"
    wait_for(lambda: client.query(views).result_rows == [(1,)], "the features count the good one", seconds=30)
    for table in ("interactions", "interacted_by_product"):
        kept = f"SELECT interaction_id FROM {table} WHERE interaction_id >= {8190 << 40} AND customer_id != 900001"
        wait_for(functools.partial(_answers, client, kept, 8190 << 40), f"so does {table}", seconds=30)


def _answers(client: Client, question: str, value: int) -> bool:
    return [*client.query(question).result_rows] == [(value,)]
