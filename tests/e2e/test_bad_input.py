"""Wrong words and wrong bytes: one clear line and the right exit code; good events beside bad ones are kept."""

import decimal
import functools
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import fastavro
import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaError, Message, Producer

from schemas import wire
from schemas.clients import reader_client
from schemas.ids import LAST_VERSION, MAX_ENTITY
from schemas.provision import create_topics
from schemas.records import schema, schema_text
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, TRANSACTIONS, Topic
from tests.e2e.conftest import Stack
from tests.support.waiting import GIVE_UP, wait_for

C360 = [sys.executable, "-m", "ops.cli"]
SIMULATE = [sys.executable, "-m", "producers.simulate"]
#: Who reads the topics, and refuses what it cannot use.
READERS = ["sinks", "stream_processors"]
#: Topic, partition, offset.
Place = tuple[str, int, int]
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


def _put(settings: Settings, records: Iterable[tuple[Topic, bytes, bytes]], at: datetime | None = None) -> list[Place]:
    """Sends topic, key and value; the places that Kafka says they have."""
    producer = Producer({**settings.kafka_client, "partitioner": "murmur2_random"})
    places: dict[int, Place] = {}

    def told(number: int, error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        places[number] = (message.topic() or "", message.partition() or 0, message.offset() or 0)

    stamp = 0 if at is None else int(at.timestamp() * 1000)  # 0: now
    for number, (topic, key, value) in enumerate(records):
        producer.produce(topic.name(settings), value, key, timestamp=stamp, on_delivery=functools.partial(told, number))
    assert producer.flush(60) == 0
    return [place for _, place in sorted(places.items())]


def _letters(client: Client, key: bytes, count: int) -> dict[Place, tuple[bytes, dict[str, str]]]:
    """Value and each reader's reason by place, once both readers have refused so many; a place is there once."""
    asked = "SELECT topic, partition, offset, value, reasons FROM letters WHERE key = {key:String}"

    def found() -> list[Any]:
        rows = client.query(asked, parameters={"key": key.decode()}, column_formats={"value": "bytes"}).result_rows
        return list(rows) if sum(len(row[4]) for row in rows) >= 2 * count else []

    rows = wait_for(found, f"{count} dead letters with the reasons of both readers", 60)
    assert len(rows) == count
    letters = {row[:3]: (row[3], {reason["reader"]: reason["error"] for reason in row[4]}) for row in rows}
    assert len(letters) == count
    assert all(sorted(reasons) == READERS for _, reasons in letters.values())
    return letters


def test_bad_records_land_in_dead_letters_whole_and_their_neighbours_are_kept(stack: Stack) -> None:
    settings: Settings = stack.settings
    create_topics(settings, [TRANSACTIONS])
    with Registry(settings) as registry:
        schema_id = registry.register(TRANSACTIONS)
    good = [_transaction(8191 << 40 | number, schema_id) for number in range(6)]
    bad = [b"garbage", good[0][:9], b"\x00\x00\x0f\x42\x40" + good[0][5:]]
    mixed = [good[0], bad[0], good[1], bad[1], good[2], bad[2], *good[3:]]
    places = _put(settings, [(TRANSACTIONS, b"900001", value) for value in mixed])
    client = reader_client(settings)
    mine = "SELECT count() FROM transactions WHERE customer_id = 900001"
    wait_for(lambda: client.command(mine) == 6, "six good records", seconds=30)
    letters = _letters(client, b"900001", 3)
    assert {place: value for place, (value, _) in letters.items()} == dict(zip(places[1:6:2], bad, strict=True))
    reasons = [letters[place][1] for place in places[1:6:2]]
    assert all(error for both in reasons for error in both.values())
    said = [both["stream_processors"] for both in reasons]
    assert "the first byte is 103" in said[0]
    assert "1000000" in said[2]
    assert "1000000" in reasons[2]["sinks"]
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
    places = _put(settings, [(INTERACTIONS, b"900002", value) for value in values], at)
    client = reader_client(settings)
    letters = _letters(client, b"900002", len(bad))
    assert {place: value for place, (value, _) in letters.items()} == dict(zip(places[:-1], values[:-1], strict=True))
    assert all(len(set(reasons.values())) == 1 for _, reasons in letters.values()), "both say the same"
    views = "SELECT views FROM customer_features WHERE customer_id = 900002"
    wait_for(lambda: client.query(views).result_rows == [(1,)], "the features count the good one", seconds=30)
    for table in ("interactions", "interacted_by_product"):
        kept = f"SELECT interaction_id FROM {table} WHERE interaction_id >= {8190 << 40} AND customer_id != 900001"
        wait_for(functools.partial(_answers, client, kept, 8190 << 40), f"so does {table}", seconds=30)


TRADE = {
    "transaction_id": 8187 << 40, "customer_id": 900_005, "product_id": 1, "amount": decimal.Decimal("10.50"),
    "quantity": 1, "channel": "web", "status": "completed", "refers_to": None, "ts": datetime(2026, 1, 2, tzinfo=UTC),
}  # fmt: skip
PERSON = {
    "customer_id": 900_005, "name": "N", "email": "e", "segment": "VIP", "registration_date": date(2025, 1, 1),
    "acquisition_channel": "organic", "country": "DE", "version": 1, "deleted": False,
}  # fmt: skip
TOO_LARGE = "the amount has more digits than its schema allows"
#: Topic, record, what is wrong with it, and what both readers say.
SENSELESS: tuple[tuple[Topic, dict[str, Any], dict[str, Any], str], ...] = (
    (TRANSACTIONS, TRADE, {"amount": decimal.Decimal(10**10)}, TOO_LARGE),
    (TRANSACTIONS, TRADE, {"amount": decimal.Decimal(-(10**10))}, TOO_LARGE),
    (TRANSACTIONS, TRADE, {"transaction_id": -1}, "the event id is negative"),
    (TRANSACTIONS, TRADE, {"customer_id": 0}, f"the customer id is not 1 to {MAX_ENTITY}"),
    (TRANSACTIONS, TRADE, {"product_id": MAX_ENTITY + 1}, f"the product id is not 1 to {MAX_ENTITY}"),
    (TRANSACTIONS, TRADE, {"ts": datetime(1999, 12, 31, tzinfo=UTC)}, "the event time is before the year 2000"),
    (CUSTOMERS, PERSON, {"customer_id": MAX_ENTITY + 1}, f"the customer id is not 1 to {MAX_ENTITY}"),
    (CUSTOMERS, PERSON, {"version": -1}, "the version is negative"),
    (CUSTOMERS, PERSON, {"version": LAST_VERSION + 1}, f"the version is more than {LAST_VERSION}"),
    (CUSTOMERS, PERSON, {"version": LAST_VERSION}, f"the version is {LAST_VERSION}, which is for those who are erased"),
)
#: What has no default, by topic.
NEEDED = {TRANSACTIONS: (TRADE, ("channel", "status")), CUSTOMERS: (PERSON, ("segment", "acquisition_channel"))}


def _wider(topic: Topic) -> Any:
    """The topic's schema, whose amounts may have more digits: the bytes are as they would be."""
    text = json.loads(schema_text(topic.record))
    for field in text["fields"]:
        if field["name"] == "amount":
            field["type"]["precision"] = 30
    return fastavro.parse_schema(text)


def _without(topic: Topic, field: str) -> Any:
    """The topic's schema, as somebody has it who does not know the field."""
    text = json.loads(schema_text(topic.record))
    text["fields"] = [one for one in text["fields"] if one["name"] != field]
    return text


def test_both_readers_refuse_amounts_ids_and_versions_out_of_range_and_fields_that_are_missing(stack: Stack) -> None:
    settings: Settings = stack.settings
    create_topics(settings, [TRANSACTIONS, CUSTOMERS])
    sent: list[tuple[Topic, bytes, bytes]] = []
    with Registry(settings) as registry:
        for topic, record, change, _ in SENSELESS:
            value = wire.encode({**record, **change}, _wider(topic), registry.register(topic))
            sent.append((topic, b"900005", value))
        for topic, (record, fields) in NEEDED.items():
            for field in fields:
                text = _without(topic, field)
                number = registry.register_text(f"{settings.topic_prefix}without-{field}", json.dumps(text))
                sent.append((topic, b"900005", wire.encode(record, fastavro.parse_schema(text), number)))
    places = _put(settings, sent, datetime(2026, 1, 2, tzinfo=UTC))
    client = reader_client(settings)
    letters = _letters(client, b"900005", len(sent))
    assert {place: value for place, (value, _) in letters.items()} == {
        place: value for place, (_, _, value) in zip(places, sent, strict=True)
    }
    for place, (_, _, change, said) in zip(places, SENSELESS, strict=False):
        for reader, error in letters[place][1].items():
            assert error.startswith(said), (reader, change)
    for place in places[len(SENSELESS) :]:
        assert letters[place][1]["sinks"] == "a field that has no default is missing"
        assert letters[place][1]["stream_processors"]
    for table in ("transactions", "purchased_by_product", "customers", "customer_features"):
        assert client.command(f"SELECT count() FROM {table} WHERE customer_id = 900005") == 0, table
    assert client.command(f"SELECT count() FROM transactions WHERE transaction_id = {8187 << 40}") == 0


def _answers(client: Client, question: str, value: int) -> bool:
    return [*client.query(question).result_rows] == [(value,)]
