"""`c360 forget`: nobody names an erased customer again, whatever is sent again, and whoever reads all topics anew."""

import contextlib
import datetime as dt
import json
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import TopicPartition

from schemas import wire
from schemas.clients import reader_client, writer_client
from schemas.ids import LAST_VERSION, event_id
from schemas.provision import provision
from schemas.reading import messages, reader
from schemas.records import schema
from schemas.topics import CHURN_ALERTS, CUSTOMERS
from tests.e2e.conftest import Stack
from tests.e2e.test_bad_input import C360, refused
from tests.e2e.test_dead_letters import run
from tests.oracle.records import Records
from tests.support.installation import Installation
from tests.support.waiting import GIVE_UP, wait_for

GONE, KEPT, LEFT, STRANGER = 900_101, 900_102, 900_103, 900_104
PRODUCT = 900_101
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
    records.product(PRODUCT)
    for customer in (GONE, KEPT):
        records.customer(customer)
        for day in range(8):
            records.buy(customer, PRODUCT, START + day * dt.timedelta(days=1))
            records.act(customer, PRODUCT, START + day * dt.timedelta(days=1))
    return records


def count(client: Client, table: str, customer: int) -> int:
    return int(client.query(f"SELECT count() FROM {table} WHERE customer_id = {customer}").result_rows[0][0])


def nothing_left(client: Client) -> None:
    """On the disk too there is the record that erased the customer, and what they did."""
    for table in ("customer_features", "churn_alerts", "recommendation_lists", "rollup_customer_snapshots"):
        assert count(client, table, GONE) == 0, table
    assert held(client) == [("", "", LAST_VERSION)]


def held(client: Client) -> list[tuple[str, str, int]]:
    """What lies in the table of customers, older versions too."""
    asked = f"SELECT DISTINCT name, email, version FROM customers WHERE customer_id = {GONE} SETTINGS final = 0"
    return [tuple(row) for row in client.query(asked).result_rows]


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
    return graph(stack, f"MATCH (c:Customer {{customer_id: {customer}}}) RETURN c.name AS name")


def named_by_edges(stack: Stack, customer: int) -> set[str | None]:
    """What their relationships lead to."""
    question = (
        f"MATCH (p:Product {{product_id: {PRODUCT}}})<-[r]-(c:Customer) WHERE c.customer_id = {customer} "
        "RETURN c.name AS name"
    )
    return set(graph(stack, question))


def graph(stack: Stack, question: str) -> list[Any]:
    """The one column of an answer."""
    done = subprocess.run(
        [*C360, "cypher", "-", "--format", "json"], env=stack.environment, input=question, capture_output=True,
        text=True, timeout=GIVE_UP, check=True,
    )  # fmt: skip
    return [value for (value,) in json.loads(done.stdout)["rows"]]


def put_what_others_make(stack: Stack, client: Client, place: Installation) -> None:
    """An alert, as a stream processor sends it, and a list, as a refresh stores it: of who goes and of who stays."""
    for customer in (GONE, KEPT):
        alert = {
            "alert_id": f"forget-{customer}", "customer_id": customer, "kind": "raised", "score": 0.9,
            "previous_score": 0.1, "reason": "silent", "segment": "VIP", "lifetime_value": Decimal("80.00"),
            "as_of": START,
        }  # fmt: skip
        value = wire.encode(alert, schema(CHURN_ALERTS.record), place.ids[CHURN_ALERTS.stream])
        place.send([(CHURN_ALERTS, b"%d" % customer, value, int(START.timestamp() * 1000))])
    with contextlib.closing(writer_client(stack.settings)) as writer:
        row = [[1, customer, START, [PRODUCT]] for customer in (GONE, KEPT)]
        writer.insert("recommendation_lists", row, column_names=["build", "customer_id", "as_of", "products"])
    for table in ("churn_alerts", "recommendation_lists"):
        for customer in (GONE, KEPT):
            wait_for(lambda: count(client, table, customer), f"{table} has customer {customer}", GIVE_UP)  # noqa: B023 - called at once


def test_it_is_so_at_once_and_stays_so(stack: Stack, client: Client, place: Installation, records: Records) -> None:
    place.send(records.sent)
    put_what_others_make(stack, client, place)
    for customer in (GONE, KEPT):
        wait_for(lambda: count(client, "customer_features", customer) == 1, "there are features", GIVE_UP)  # noqa: B023 - called at once
        assert names(stack, customer) == [f"Name {customer}"]
        assert named_by_edges(stack, customer) == {f"Name {customer}"}

    assert forget(stack, GONE) == f"customer {GONE} is erased\n"
    assert count(client, "customers", GONE) == 0
    assert names(stack, GONE) == []
    # What they did is counted; it leads to nobody.
    assert named_by_edges(stack, GONE) <= {None, ""}
    refused([*C360, "features", str(GONE)], stack.environment, 1, "is erased")
    nothing_left(client)

    place.send(records.sent)
    records.customer(GONE, "VIP", version=1_000_000)  # an update from a producer that does not know it yet
    place.send(records.sent[-1:])
    read_through(client, place, records)
    assert count(client, "customers", GONE) == 0
    assert names(stack, GONE) == []
    refused([*C360, "features", str(GONE)], stack.environment, 1, "is erased")
    assert count(client, "transactions", GONE) == 8
    assert (count(client, "customers", KEPT), names(stack, KEPT)) == (1, [f"Name {KEPT}"])
    assert count(client, "churn_alerts", KEPT) > 0
    assert count(client, "recommendation_lists", KEPT) > 0

    assert forget(stack, GONE) == f"customer {GONE} is erased, as before\n"
    nothing_left(client)


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


def in_the_topic(stack: Stack, customer: int) -> list[dict[str, Any]]:
    """What who reads the customers from the beginning finds of an erased one."""
    name, parsed = CUSTOMERS.name(stack.settings), schema(CUSTOMERS.record)
    consumer, values = reader(stack.settings, "c360.test-forget"), []
    try:
        for number in consumer.list_topics(name, timeout=GIVE_UP).topics[name].partitions:
            begin, end = consumer.get_watermark_offsets(TopicPartition(name, number), timeout=GIVE_UP)
            consumer.assign([TopicPartition(name, number, begin)])
            for batch in messages(consumer, name, begin, end):
                values += [message.value() for message in batch if message.key() == b"%d" % customer]
    finally:
        consumer.close()
    found = [wire.decode(value, parsed) for value in values if value]
    assert len(found) == len(values), "there is a tombstone"
    return found


def test_the_last_record_in_the_topic_is_the_number_alone(stack: Stack) -> None:
    """It stays there for ever; a tombstone would be compacted away."""
    last = in_the_topic(stack, GONE)[-1]
    assert (last["version"], last["deleted"]) == (LAST_VERSION, True)
    assert [last[name] for name in ("name", "email", "country", "segment")] == ["", "", "", "UNKNOWN"]


def test_behind_an_older_record_the_erasure_comes_again(stack: Stack) -> None:
    """Else compaction would keep the older one, with the name, and a rebuild would go by it."""
    wait_for(lambda: in_the_topic(stack, LEFT)[-1]["version"] == LAST_VERSION, "the erasure is the last record")
    assert [one["version"] for one in in_the_topic(stack, LEFT)] == [5, LAST_VERSION, 6, LAST_VERSION]


def test_a_number_that_is_nobodys(stack: Stack) -> None:
    refused([*C360, "forget", str(STRANGER)], stack.environment, 1, str(STRANGER), "Nobody was erased")
    refused([*C360, "forget", "somebody"], stack.environment, 2, "somebody")
