"""`c360 forget`: nobody names an erased customer again, whatever is sent again, and whoever reads all topics anew."""

import datetime as dt
import json
import subprocess
from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import TopicPartition

from producers.forget import LAST_VERSION
from schemas import wire
from schemas.clients import reader_client
from schemas.ids import event_id
from schemas.provision import provision
from schemas.reading import messages, reader
from schemas.records import schema
from schemas.topics import CUSTOMERS
from tests.e2e.conftest import Stack
from tests.e2e.test_bad_input import C360, refused
from tests.e2e.test_dead_letters import run
from tests.oracle.records import Records
from tests.support.installation import Installation
from tests.support.waiting import GIVE_UP, wait_for

GONE, KEPT, LEFT, STRANGER = 900_101, 900_102, 900_103, 900_104
#: So many that every partition has some of them.
OTHERS = range(900_200, 900_264)
START = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[Client]:
    client = reader_client(stack.settings)
    yield client
    client.close()


@pytest.fixture(scope="module")
def place(stack: Stack) -> Installation:
    return Installation(stack.settings, provision(stack.settings))


@pytest.fixture(scope="module")
def records(place: Installation) -> Records:
    """Two customers with what they did, of a source that no other test has."""
    records = Records(place.ids, events=event_id(8187, 0))
    for customer in (GONE, KEPT):
        records.customer(customer)
        for day in range(8):
            records.buy(customer, 1, START + day * dt.timedelta(days=1))
            records.act(customer, 1, START + day * dt.timedelta(days=1))
    return records


def count(client: Client, table: str, customer: int) -> int:
    return int(client.query(f"SELECT count() FROM {table} WHERE customer_id = {customer}").result_rows[0][0])


def read_through(client: Client, place: Installation, records: Records) -> None:
    """Returns when ClickHouse has all customers sent so far: what is sent behind them, to every partition, is there."""
    version = len(records.sent)
    for customer in OTHERS:
        records.customer(customer, version=version)
    place.send(records.sent[-len(OTHERS) :])
    there = (
        f"SELECT count() FROM customers WHERE customer_id BETWEEN {OTHERS[0]} AND {OTHERS[-1]} AND version = {version}"
    )
    wait_for(lambda: client.query(there).result_rows == [(len(OTHERS),)], "all has been read", GIVE_UP)


def forget(stack: Stack, customer: int) -> str:
    return run(stack, "forget", str(customer), command=C360)


def names(stack: Stack, customer: int) -> list[str]:
    """What the graph calls a customer."""
    question = f"MATCH (c:Customer {{customer_id: {customer}}}) RETURN c.name AS name"
    done = subprocess.run(
        [*C360, "cypher", "-", "--format", "json"], env=stack.environment, input=question, capture_output=True,
        text=True, timeout=GIVE_UP, check=True,
    )  # fmt: skip
    return [name for (name,) in json.loads(done.stdout)["rows"]]


def test_it_is_so_at_once_and_stays_so(stack: Stack, client: Client, place: Installation, records: Records) -> None:
    place.send(records.sent)
    for customer in (GONE, KEPT):
        wait_for(lambda: count(client, "customer_features", customer) == 1, "there are features", GIVE_UP)  # noqa: B023 - called at once
        assert names(stack, customer) == [f"Name {customer}"]

    assert forget(stack, GONE) == f"customer {GONE} is erased\n"
    assert count(client, "customers", GONE) == 0
    assert names(stack, GONE) == []
    refused([*C360, "features", str(GONE)], stack.environment, 1, "is erased")
    before = {table: count(client, table, GONE) for table in ("customer_features", "churn_alerts")}

    place.send(records.sent)
    records.customer(GONE, "VIP", version=1_000_000)  # an update from a producer that does not know it yet
    place.send(records.sent[-1:])
    read_through(client, place, records)
    assert count(client, "customers", GONE) == 0
    assert names(stack, GONE) == []
    refused([*C360, "features", str(GONE)], stack.environment, 1, "is erased")
    assert count(client, "transactions", GONE) == 8
    assert (count(client, "customers", KEPT), names(stack, KEPT)) == (1, [f"Name {KEPT}"])

    for table in ("customer_features", "churn_alerts"):
        assert count(client, table, GONE) == before[table], f"{table} has rows of after"
    assert forget(stack, GONE) == f"customer {GONE} is erased, as before\n"


def test_who_was_deleted_in_the_ordinary_way_is_gone_for_good(
    stack: Stack, client: Client, place: Installation, records: Records
) -> None:
    records.customer(LEFT, version=5, deleted=True)
    place.send(records.sent[-1:])
    read_through(client, place, records)
    assert forget(stack, LEFT) == f"customer {LEFT} is erased\n"
    records.customer(LEFT, version=6)
    place.send(records.sent[-1:])
    read_through(client, place, records)
    assert count(client, "customers", LEFT) == 0


def test_who_reads_from_the_beginning_finds_the_number_alone(stack: Stack) -> None:
    """The newest record of the key stays in the topic for ever; a tombstone would be compacted away."""
    name = CUSTOMERS.name(stack.settings)
    consumer, values = reader(stack.settings, "c360.test-forget"), []
    try:
        for number in consumer.list_topics(name, timeout=GIVE_UP).topics[name].partitions:
            begin, end = consumer.get_watermark_offsets(TopicPartition(name, number), timeout=GIVE_UP)
            consumer.assign([TopicPartition(name, number, begin)])
            for batch in messages(consumer, name, begin, end):
                values += [message.value() for message in batch if message.key() == b"%d" % GONE]
    finally:
        consumer.close()
    parsed = schema(CUSTOMERS.record)
    found = [wire.decode(value, parsed) for value in values if value]
    assert len(found) == len(values)
    last = found[-1]
    assert (last["version"], last["deleted"]) == (LAST_VERSION, True)
    assert [last[name] for name in ("name", "email", "country", "segment")] == ["", "", "", "UNKNOWN"]


def test_a_number_that_is_nobodys(stack: Stack) -> None:
    refused([*C360, "forget", str(STRANGER)], stack.environment, 1, str(STRANGER), "Nobody was erased")
    refused([*C360, "forget", "somebody"], stack.environment, 2, "somebody")
