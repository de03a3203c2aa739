"""An installation whose Kafka, registry and ClickHouse are elsewhere, behind TLS and passwords, found by settings."""

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from queries.runner import Runner
from schemas.clients import reader_client
from schemas.errors import UnreachableError
from schemas.registry import Registry
from schemas.topics import TRANSACTIONS
from tests.e2e.conftest import Stack, whole_stack
from tests.e2e.ordeal import balanced, ordeal

WORLD = ("--customers", "500", "--products", "100", "--seed", "12")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with whole_stack(tmp_path_factory.mktemp("remote"), remote=True) as stack:
        yield stack


@pytest.mark.soak
def test_every_acknowledged_event_is_counted_once_when_every_part_is_killed(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("acked")
    balanced(stack, ordeal(stack, folder, WORLD, history="10k", rate="1000/s"))
    assert Runner(stack.settings).sql("1", {}).rows
    assert Runner(stack.settings).cypher("1", {}).rows
    # Nobody's way in but the client's.
    tables = "SELECT count() FROM system.tables WHERE engine = 'Kafka'"
    assert reader_client(stack.settings).query(tables).result_rows == [(0,)]


@pytest.mark.soak
def test_nobody_comes_in_without_the_password_or_the_certificate(stack: Stack) -> None:
    stranger = stack.settings.model_copy(
        update={
            "kafka_options": {**stack.settings.kafka_options, "sasl.password": "wrong"},
            "schema_registry_password": "wrong",
            "clickhouse_reader_password": "wrong",
        }
    )
    errors: list[KafkaError] = []
    heard: dict[str, Any] = {"log_level": 0, "error_cb": errors.append}
    admin = AdminClient({**stranger.kafka_client, **heard})
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=5)
    admin.poll(1)
    # What the call itself says is that nobody answered; who was refused is told beside.
    assert KafkaError._AUTHENTICATION in {error.code() for error in errors}
    with pytest.raises(UnreachableError, match="does not let c360 in"), Registry(stranger) as registry:
        registry.register(TRANSACTIONS)
    # Every failure names the password and C360_TLS_CA as what to check: these words are of the cause alone.
    with pytest.raises(UnreachableError, match=r"code: 516|Authentication failed"):
        reader_client(stranger)
    distrustful = stack.settings.model_copy(update={"tls_ca": ""})
    with pytest.raises(UnreachableError, match="certificate verify failed"):
        reader_client(distrustful)
