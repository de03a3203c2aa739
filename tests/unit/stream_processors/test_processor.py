"""The app as it is set up for an installation."""

import asyncio
from pathlib import Path
from typing import cast

import faust
import pytest

from schemas.errors import SettingError
from schemas.settings import Settings
from stream_processors.batching import BatchConsumer
from stream_processors.connection import credentials
from stream_processors.metrics import METRICS
from stream_processors.processor import make_app


def test_the_app_takes_its_place_from_the_settings(tmp_path: Path) -> None:
    async def test() -> None:
        app = make_app(Settings(home=tmp_path, topic_prefix="other.", kafka_bootstrap="one:9092, two:9093"))
        assert app.conf.id == "other.stream-processors"
        assert [str(url) for url in app.conf.broker] == ["kafka://one:9092", "kafka://two:9093"]
        assert app.batch_topics == {"other.customers", "other.transactions", "other.interactions"}
        assert app.conf.datadir.is_relative_to(tmp_path)
        assert app.conf.broker_session_timeout <= 6
        with pytest.raises(RuntimeError, match="not been started"):
            _ = app.running

    asyncio.run(test())


def test_a_worker_s_consumer_tells_kafka_to_miss_it_after_6_s(tmp_path: Path) -> None:
    async def test() -> None:
        app = make_app(Settings(home=tmp_path))
        consumer = cast("BatchConsumer", app.consumer)._thread._create_worker_consumer(app.transport)
        assert (consumer._session_timeout_ms, consumer._heartbeat_interval_ms) == (6000, 1000)
        consumer._closed = True  # it was never started

    asyncio.run(test())


def test_a_plain_connection_has_no_credentials() -> None:
    assert credentials({"client.id": "x"}) is None


def test_sasl_is_passed_on() -> None:
    made = credentials(
        {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-256", "sasl.username": "u", "sasl.password": "p"}
    )
    assert isinstance(made, faust.SASLCredentials)
    assert (made.username, made.password, made.mechanism.value) == ("u", "p", "SCRAM-SHA-256")
    assert made.ssl_context is not None
    assert isinstance(credentials({"security.protocol": "ssl"}), faust.SSLCredentials)


@pytest.mark.parametrize("options", [{"sasl.kerberos.keytab": "x"}, {"security.protocol": "telepathy"}])
def test_what_cannot_be_followed_is_said(options: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="C360_KAFKA_OPTIONS"):
        credentials(options)


def test_every_metric_has_a_meaning_and_a_remedy() -> None:
    assert all(metric.name.startswith("c360_stream_processors_") for metric in METRICS)
    assert all(metric.meaning and metric.remedy for metric in METRICS)
