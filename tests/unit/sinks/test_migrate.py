"""What is dropped before the way in is made anew, and what a refusal is."""

from types import SimpleNamespace
from typing import Literal, cast

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from schemas.errors import ContractError
from schemas.settings import Settings
from sinks.migrate import migrate

DROP = "DROP NAMED COLLECTION IF EXISTS customer360_kafka"


class Database:
    """In a client's place: another version was installed, by the Kafka engine or not."""

    def __init__(self, engine: str, refused: str = "") -> None:
        self.told: list[str] = []
        self._kafka = engine == "Kafka"
        self._refused = refused

    def command(self, statement: str) -> None:
        self.told.append(statement)
        if self._refused and statement.startswith(self._refused):
            raise DatabaseError("Code: 497. c360_writer: Not enough privileges.")
        if statement.startswith("DROP TABLE IF EXISTS queue_"):
            self._kafka = False

    def query(self, sql: str, parameters: dict[str, str]) -> SimpleNamespace:
        if "prefix" in parameters:  # nothing is held
            return SimpleNamespace(result_rows=[])
        if "FROM installation" in sql:
            return SimpleNamespace(result_rows=[["another version"]])
        assert parameters == {"database": "customer360"}
        if "system.columns" in sql:
            return SimpleNamespace(result_rows=[])
        if "engine = 'Null'" in sql:  # nobody inserts
            return SimpleNamespace(result_rows=[[0]])
        if "engine = 'Kafka'" in sql and not self._kafka:
            return SimpleNamespace(result_rows=[])
        return SimpleNamespace(result_rows=[["queue_products"]])

    def insert(self, *_: object, **__: object) -> None:
        """What is recorded of an installation."""


@pytest.mark.parametrize(
    ("engine", "ingest", "dropped"),
    [("Null", "client", False), ("Kafka", "client", True), ("Null", "engine", True), ("Kafka", "engine", True)],
)
def test_the_collection_is_dropped_where_the_engine_made_it_or_will(
    engine: str, ingest: Literal["engine", "client"], dropped: bool
) -> None:
    """A writer elsewhere may have no right to it."""
    database = Database(engine)
    assert migrate(cast("Client", database), Settings(clickhouse_ingest=ingest))
    assert (DROP in database.told) is dropped


def test_a_collection_that_may_not_be_dropped_is_named() -> None:
    database = Database("Kafka", refused=DROP)
    with pytest.raises(ContractError, match=f"ClickHouse refuses '{DROP}': Code: 497"):
        migrate(cast("Client", database), Settings(clickhouse_ingest="client"))
