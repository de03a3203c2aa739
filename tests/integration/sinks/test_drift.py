"""A database that is not the DDL's is known by what differs, and by that alone; migrating mends it."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from sinks.drift import drift
from sinks.migrate import migrate
from tests.support.engine import start_engine

#: Nobody listens there: no other Kafka's records are read.
SETTINGS = Settings(kafka_bootstrap="127.0.0.1:1")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with start_engine(tmp_path_factory.mktemp("drift")) as engine:
        client = engine.client()
        migrate(client, SETTINGS)
        yield client
        client.close()


def test_what_is_as_the_ddl_has_it(client: Client) -> None:
    assert list(drift(client, SETTINGS)) == []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DROP TABLE churn_alerts SYNC", "churn_alerts is missing"),
        ("DROP TABLE external_ids SYNC", "external_ids is missing"),
        ("ALTER TABLE customer_features DROP COLUMN categories", "customer_features.categories is missing"),
        (
            "DROP TABLE take_products SYNC",
            "the way in is another version's, for another Kafka or registry, or not whole",
        ),
        ("DROP TABLE rollup_customers SYNC", "the rollups are another version's, or not whole"),
    ],
)
def test_what_is_missing(client: Client, harm: str, said: str) -> None:
    client.command(harm)
    assert list(drift(client, SETTINGS)) == [said]
    migrate(client, SETTINGS)
    assert list(drift(client, SETTINGS)) == []


def test_another_type(client: Client) -> None:
    client.command("ALTER TABLE products MODIFY COLUMN brand String")
    assert list(drift(client, SETTINGS)) == ["products.brand is String, not LowCardinality(String)"]
    client.command("ALTER TABLE products MODIFY COLUMN brand LowCardinality(String)")
    assert list(drift(client, SETTINGS)) == []


def test_another_kafka(client: Client) -> None:
    other = SETTINGS.model_copy(update={"kafka_bootstrap": "127.0.0.1:2"})
    assert list(drift(client, other)) == [
        "the way in is another version's, for another Kafka or registry, or not whole"
    ]
