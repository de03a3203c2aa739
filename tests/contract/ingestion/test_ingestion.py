"""What reaches the tables, whichever way it takes: everything, once, the unreadable apart, the erased gone."""

import datetime as dt
import functools
import json
from decimal import Decimal

import fastavro
import pytest
from confluent_kafka import TopicPartition

from schemas import wire
from schemas.clients import writer_client
from schemas.errors import C360Error
from schemas.groups import clickhouse_group
from schemas.ids import LAST_VERSION
from schemas.lag import committed
from schemas.records import schema_text
from schemas.registry import Registry
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS
from sinks.migrate import migrate
from tests.contract.ingestion.conftest import WayIn
from tests.support.groups import session_timeouts
from tests.support.waiting import wait_for

NOON = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
BOUNDS = (
    "SELECT customer_id, purchases_at_most AS most, bitCount(purchase_bits) AS least, value_at_most AS value "
    "FROM customer_bounds"
)


def _some(way: WayIn, count: int, start: dt.datetime = NOON) -> None:
    """Events of 7 customers."""
    for number in range(count):
        way.records.act(1 + number % 7, 1 + number % 5, start + number * MINUTE)
        way.records.buy(1 + number % 7, 1 + number % 3, start + number * MINUTE)


def test_every_table_has_its_rows(way: WayIn) -> None:
    way.records.customer(1, "VIP")
    way.records.product(3, "Home", "Ikea")
    way.records.buy(1, 3, NOON, "12.34", quantity=2)
    way.records.refund(1, 3, NOON + MINUTE, "-2.34")
    way.records.act(1, 3, NOON, "cart", 17)
    way.send()
    way.place.wait_stored()
    assert way.rows("SELECT customer_id, segment, deleted FROM customers") == [(1, "VIP", 0)]
    assert way.rows("SELECT product_id, category, brand, price FROM products") == [(3, "Home", "Ikea", Decimal("9.99"))]
    assert way.rows(
        "SELECT transaction_id, amount, quantity, status, refers_to, ts FROM transactions ORDER BY ALL"
    ) == [
        (1, Decimal("12.34"), 2, "completed", None, NOON.replace(tzinfo=None)),
        (2, Decimal("-2.34"), 1, "refunded", None, (NOON + MINUTE).replace(tzinfo=None)),
    ]
    assert way.rows("SELECT product_id, customer_id, transaction_id FROM purchased_by_product") == [(3, 1, 1)]
    assert way.rows("SELECT product_id, bitmapToArray(buyers), at_most FROM product_buyers") == [(3, [1], 1)]
    assert way.rows(BOUNDS) == [(1, 1, 1, Decimal("12.34"))]
    for table in ("interactions", "interacted_by_product"):
        assert way.rows(f"SELECT interaction_id, type, duration_seconds FROM {table}") == [(3, "cart", 17)]
    assert way.rows("SELECT sum(records) FROM ingest_log") == [(5,)]
    assert way.rows("SELECT count() FROM dead_letters") == [(0,)]


def test_a_repeat_is_seen_once(way: WayIn) -> None:
    _some(way, 20)
    again = list(way.records.sent)
    way.send()
    way.place.send(again)
    way.place.wait_stored()
    assert way.rows("SELECT count() FROM interactions") == [(20,)]
    assert way.rows("SELECT count(), sum(amount) FROM transactions") == [(20, Decimal(200))]
    assert way.rows("SELECT sum(bitmapCardinality(buyers)) FROM product_buyers") == [(20,)]
    # Bounds may be too large by what came twice; masks are as they were.
    ((most, least, value),) = way.rows(f"SELECT sum(most), sum(least), sum(value) FROM ({BOUNDS})")
    assert 20 <= most <= 40
    assert 7 <= least <= 20
    assert Decimal(200) <= value <= Decimal(400)


def test_what_comes_late_is_taken_in_with_its_own_time(way: WayIn) -> None:
    _some(way, 3)
    _some(way, 3, NOON - dt.timedelta(days=300))
    way.send()
    way.place.wait_stored()
    assert way.rows("SELECT toYYYYMM(ts) AS month, count() FROM transactions GROUP BY month ORDER BY month") == [
        (202408, 3),
        (202506, 3),
    ]


def test_what_cannot_be_read_or_makes_no_sense_is_apart_and_its_neighbours_are_kept(way: WayIn) -> None:
    _some(way, 6)
    sent = [one for one in way.records.sent if one[0] is TRANSACTIONS]
    good = [one[2] or b"" for one in sent]
    unreadable = [b"garbage", good[0][:9], good[1] + b"x", b"\x00\x00\x0f\x42\x40" + good[2][5:]]
    mixed = list(way.records.sent)
    for place, value in enumerate(unreadable):
        mixed.insert(3 * place, (TRANSACTIONS, b"1", value, sent[0][3]))
    way.records.sent.clear()
    # An event before the year 2000 is read, and kept out: the stream processors report it.
    way.records.buy(1, 1, dt.datetime(1999, 1, 1, tzinfo=dt.UTC))
    way.place.send([*mixed, *way.records.sent])
    way.records.sent.clear()
    way.place.wait_stored()
    letters = way.rows("SELECT topic, hex(value), stage FROM dead_letters ORDER BY topic, partition, offset")
    name = TRANSACTIONS.name(way.place.settings)
    assert sorted(letters) == sorted((name, value.hex().upper(), "sinks") for value in unreadable)
    assert way.rows("SELECT count() FROM transactions") == [(6,)]
    assert way.rows("SELECT count() FROM interactions") == [(6,)]


def test_records_of_other_versions_are_stored_beside_ours(way: WayIn) -> None:
    """A field added with a default, one dropped that has one, a symbol nobody here knows: whoever is upgraded first."""
    other = json.loads(schema_text("transaction"))
    other["fields"] = [{"name": "tax", "type": "long", "default": 0}, *other["fields"]]
    other["fields"] = [each for each in other["fields"] if each["name"] != "refers_to"]
    (channel,) = (each for each in other["fields"] if each["name"] == "channel")
    channel["type"]["symbols"].append("kiosk")
    with Registry(way.place.settings) as registry:
        registry.enforce_compatibility()
        number = registry.register_text(TRANSACTIONS.subject(way.place.settings), json.dumps(other))
    way.records.buy(1, 3, NOON, "1.00")
    kiosk = {
        "tax": 5, "transaction_id": 77, "customer_id": 1, "product_id": 3, "amount": Decimal("2.00"), "quantity": 1,
        "channel": "kiosk", "status": "completed", "ts": NOON,
    }  # fmt: skip
    ms = round(NOON.timestamp() * 1000)
    way.records.sent.append((TRANSACTIONS, b"1", wire.encode(kiosk, fastavro.parse_schema(other), number), ms))
    way.records.buy(1, 3, NOON, "3.00")
    way.send()
    way.place.wait_stored()
    assert way.rows("SELECT transaction_id, amount, channel, refers_to FROM transactions ORDER BY ALL") == [
        (1, Decimal("1.00"), "web", None),
        (2, Decimal("3.00"), "web", None),
        (77, Decimal("2.00"), "kiosk", None),
    ]
    assert way.rows("SELECT count() FROM dead_letters") == [(0,)]


def test_a_record_of_another_stream_is_stored_nowhere(way: WayIn) -> None:
    """What a stream's own fields are missing from is not taken for it with zeros in their place."""
    way.records.act(1, 3, NOON)
    way.records.customer(1)
    way.records.product(3)
    way.records.buy(1, 3, NOON)
    streams = (INTERACTIONS, CUSTOMERS, PRODUCTS, TRANSACTIONS)
    values = {sent[0]: sent[1:] for sent in way.records.sent}
    for topic in streams[1:]:
        way.records.sent += [(topic, *values[other]) for other in streams if other is not topic]
    way.send()
    way.place.wait_stored()
    for topic, key in ((CUSTOMERS, 1), (PRODUCTS, 3), (TRANSACTIONS, 2)):
        name = f"{topic.record}_id"
        assert way.rows(f"SELECT {name} FROM {topic.stream}") == [(key,)], topic.stream
    # Of the others the stream processors tell, who read them too.
    assert way.rows("SELECT count() FROM dead_letters WHERE endsWith(topic, '.products') AND notEmpty(value)") == [(3,)]


def test_a_product_number_beyond_32_bits_is_not_another_product(way: WayIn) -> None:
    way.records.product(5, "Home")
    way.records.product(5 + 2**32, "Garden")
    way.send()
    way.place.wait_stored()
    assert way.rows("SELECT product_id, category FROM products") == [(5, "Home")]
    assert way.rows("SELECT count() FROM dead_letters") == [(1,)]


def test_a_version_out_of_range_is_not_the_newest(way: WayIn) -> None:
    """Neither below zero, which would be huge without a sign, nor as high as that of who is erased for good."""
    for version in (-1, 1 << 53, LAST_VERSION - 1):
        way.records.product(5, f"C{version}", version=version)
        way.records.customer(1, name=f"N{version}", version=version)
    way.records.customer(1, name="of an erasure, without one", version=LAST_VERSION)
    way.send()
    way.place.wait_stored()
    assert way.rows("SELECT category FROM products FINAL") == [(f"C{LAST_VERSION - 1}",)]
    assert way.rows("SELECT name FROM customers FINAL") == [(f"N{LAST_VERSION - 1}",)]
    assert way.rows("SELECT count() FROM erased_customers") == [(0,)]


def test_an_erased_customer_is_gone_and_an_older_record_does_not_bring_it_back(way: WayIn) -> None:
    way.records.customer(1, version=1)
    way.records.customer(2, version=1)
    older = way.records.sent[0]
    way.records.erase(1)
    way.send()
    way.place.send([older])
    way.place.wait_stored()
    assert way.rows("SELECT customer_id FROM customers") == [(2,)]


def test_nothing_is_lost_or_doubled_when_what_takes_it_in_is_killed(way: WayIn) -> None:
    for turn in range(3):
        _some(way, 2000, NOON + turn * 2000 * MINUTE)
        way.send()
        way.kill()
    way.place.wait_stored()
    for table in ("interactions", "interacted_by_product", "transactions", "purchased_by_product"):
        assert way.rows(f"SELECT count() FROM {table}") == [(6000,)]
    if way.kind == "client":
        # Not even for a moment: what was inserted twice under its name was taken in once.
        assert way.rows("SELECT sum(records) FROM ingest_log") == [(12_000,)]
        assert way.rows("SELECT sum(at_most) FROM product_buyers") == [(6000,)]
        assert way.rows("SELECT sum(purchases_at_most) FROM customer_bounds") == [(6000,)]


def test_clickhouse_may_be_away_for_a_while(client_way: WayIn) -> None:
    _some(client_way, 500)
    client_way.send()
    client_way.kill_clickhouse()
    _some(client_way, 500, NOON + 500 * MINUTE)
    client_way.send()
    client_way.place.wait_stored()
    assert client_way.rows("SELECT count() FROM interactions") == [(1000,)]
    assert client_way.rows("SELECT sum(records) FROM ingest_log") == [(2000,)]


def test_processes_share_the_partitions_and_what_one_began_another_ends(client_way: WayIn) -> None:
    client_way.start()
    for turn in range(4):
        _some(client_way, 1000, NOON + turn * 1000 * MINUTE)
        client_way.send()
        client_way.kill()
    client_way.place.wait_stored()
    assert client_way.rows("SELECT count() FROM transactions") == [(4000,)]
    assert client_way.rows("SELECT sum(records) FROM ingest_log") == [(8000,)]


def test_the_way_in_is_not_taken_down_under_a_client(client_way: WayIn) -> None:
    _some(client_way, 100)
    client_way.send()
    client_way.place.wait_stored()
    settings = client_way.place.settings
    with pytest.raises(C360Error, match=r"End `python -m sinks\.ingest` first"):
        migrate(writer_client(settings), settings.model_copy(update={"clickhouse_ingest": "engine"}))
    _some(client_way, 100, NOON + 100 * MINUTE)
    client_way.send()
    client_way.place.wait_stored()
    assert client_way.rows("SELECT count() FROM interactions") == [(200,)]


def test_one_way_goes_on_where_the_other_ended(client_way: WayIn) -> None:
    _some(client_way, 100)
    client_way.send()
    client_way.place.wait_stored()
    client_way.processes[-1].terminate()
    client_way.processes[-1].wait()
    settings = client_way.place.settings
    group = clickhouse_group(settings, INTERACTIONS)
    partitions = [TopicPartition(INTERACTIONS.name(settings), number) for number in range(settings.topic_partitions)]
    assert sum(committed(settings, group, partitions).values()) == 100
    migrate(writer_client(settings), settings.model_copy(update={"clickhouse_ingest": "engine"}))
    _some(client_way, 100, NOON + 100 * MINUTE)
    client_way.send()
    client_way.place.wait_stored()
    wait_for(lambda: client_way.rows("SELECT count() FROM interactions") == [(200,)], "the engine goes on")
    assert client_way.rows("SELECT sum(records) FROM ingest_log") == [(400,)]


def test_a_consumer_that_dies_is_missed_after_6_s(way: WayIn) -> None:
    """What the running consumers have told Kafka; librdkafka by itself says 45."""
    topics = (CUSTOMERS, PRODUCTS, TRANSACTIONS, INTERACTIONS)
    for group in (clickhouse_group(way.place.settings, topic) for topic in topics):
        told = wait_for(functools.partial(session_timeouts, way.place.settings, group), f"{group} has members", 60)
        assert set(told) == {6000}, group
