"""Who is erased for good: the record that says so, and where something stands that they leave behind.

Whoever deletes it looks at the same places as whoever waits until it is gone.
"""

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple

from confluent_kafka import KafkaError, Message, Producer

from schemas import wire
from schemas.errors import C360Error
from schemas.ids import LAST_VERSION
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

#: Kafka is waited for this long.
SEND_SECONDS = 30.0


class Place(NamedTuple):
    """A table, whose rows they are, and which of these go."""

    table: str
    customer: str
    condition: str


def erasure(customer_id: int) -> dict[str, Any]:
    """The record as the topic `customers` has it. It holds nothing but the number, and no other is newer.

    No tombstone follows it: compaction keeps the newest record of a key, and who reads the topic from its beginning
    must still know whom not to bring back.
    """
    return {
        "customer_id": customer_id, "name": "", "email": "", "segment": "UNKNOWN",
        "registration_date": dt.date(1970, 1, 1), "acquisition_channel": "UNKNOWN", "country": "",
        "version": LAST_VERSION, "deleted": True,
    }  # fmt: skip


def send(settings: Settings, customers: Sequence[int]) -> None:
    """Puts a last version of each into the topic, and returns once every copy has them.

    Raises:
        C360Error: Kafka has not taken all, or the registry does not answer.
    """
    with Registry(settings) as registry:
        schema_id = registry.register(CUSTOMERS)
    refused: list[str] = []

    def told(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            refused.append(error.str())

    options = {"enable.idempotence": True, "partitioner": "murmur2_random", "log_level": 0}
    timeout = {"message.timeout.ms": int(SEND_SECONDS * 1000)}
    producer = Producer({**options, **timeout, "on_delivery": told, **settings.kafka_client})
    topic, now = CUSTOMERS.name(settings), int(time.time() * 1000)
    for number in customers:
        value = wire.encode(erasure(number), schema(CUSTOMERS.record), schema_id)
        while True:
            try:
                producer.produce(topic, value, b"%d" % number, timestamp=now)
                break
            except BufferError:
                producer.poll(0.1)
    if left := producer.flush(2 * SEND_SECONDS) + len(refused):
        why = refused[0] if refused else "silence"
        raise C360Error(
            f"Kafka took {len(customers) - left} of {len(customers)} erasures ({why}). See that it answers "
            "('c360 status'), then do the same again: who is erased stays so."
        )


def places(settings: Settings) -> list[Place]:
    """Where something stands that erased customers leave behind beside what they did.

    Of the customers themselves the record stays that erased them: it is without a name, and hides every older one.
    """
    # A letter of theirs can never be replayed: what it holds is older than the last version.
    number = "toUInt32OrZero(ifNull(key, ''))"
    letters = f"topic = '{CUSTOMERS.name(settings)}' AND toString({number}) = key"
    # Builds of before the erasure; a cluster has no rollups.
    builds = Place("rollup_customer_snapshots", "customer_id", "1")
    return [
        Place("customers", "customer_id", f"version < {LAST_VERSION}"),
        Place("customer_features", "customer_id", "1"),
        Place("churn_alerts", "customer_id", "1"),
        Place("recommendation_lists", "customer_id", "1"),
        Place("dead_letters", number, letters),
        *([] if settings.clickhouse_cluster else [builds]),
    ]


def left(client: "Client", place: Place, among: str, parameters: Mapping[str, Any] | None = None) -> list[int]:
    """Of whom a place still has something; `among` is SQL for the customers that are asked about.

    Raises:
        ClickHouseError: it does not answer, or refuses.
    """
    text = (resources.files("schemas") / "left.sql").read_text(encoding="utf-8")
    statement = Template(text).substitute(place._asdict(), among=among)
    return sorted(int(number) for (number,) in client.query(statement, parameters=dict(parameters or {})).result_rows)
