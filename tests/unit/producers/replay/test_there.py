"""Who is in a topic: by the keys of all its partitions, tombstones too; what is no id is nobody."""

from confluent_kafka import Producer
from pyroaring import BitMap

from producers.replay.there import There
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, PRODUCTS


def test_the_ids_of_a_topic_are_those_of_its_keys() -> None:
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none:1", "log_level": 0})
    [broker] = producer.list_topics(timeout=10).brokers.values()
    settings = Settings(kafka_bootstrap=f"{broker.host}:{broker.port}")
    name = CUSTOMERS.name(settings)
    for number in (1, 7, 4_294_967_295, 7):
        producer.produce(name, b"somebody", str(number).encode(), partition=number % 4)
    producer.produce(name, None, b"9", partition=2)
    producer.produce(name, b"nobody", b"x", partition=0)
    producer.produce(name, b"nobody")
    producer.produce(PRODUCTS.name(settings), b"something", b"5", partition=3)
    assert producer.flush(10) == 0
    assert There(settings).ids("customers") == BitMap([1, 7, 9, 4_294_967_295])
    assert There(settings).ids("products") == BitMap([5])
