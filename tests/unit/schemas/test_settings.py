"""Settings that cannot be used are named, with their value and what to do."""

from pathlib import Path

import pytest

from schemas.errors import SettingError
from schemas.settings import Settings, read_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("C360_KAFKA_OPTIONS", "linger"),
        ("C360_KAFKA_OPTIONS", "[1]"),
        ("C360_KAFKA_PORT", "many"),
        ("C360_TOPIC_PARTITIONS", "0"),
    ],
)
def test_a_value_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=f"{name}.*Correct it or unset it"):
        read_settings()


def test_options_for_kafka_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C360_KAFKA_OPTIONS", '{"security.protocol": "SSL"}')
    assert read_settings().kafka_client["security.protocol"] == "SSL"


def test_where_nobody_set_tls_no_server_asks_for_a_password(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert settings.registry_login is None
    assert settings.registry_url_with_login == settings.registry_url
    assert settings.kafka_client == {"bootstrap.servers": "127.0.0.1:9092"}
    assert settings.clickhouse == "http://127.0.0.1:8123"


def test_with_a_certificate_the_embedded_servers_speak_tls_and_ask_for_passwords(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, tls_certificate="a.pem", tls_ca="/ca.pem", kafka_password="one", schema_registry_password="a/b:c"
    )
    assert settings.clickhouse == "https://127.0.0.1:8123"
    assert settings.registry_url_with_login == "https://c360:a%2Fb%3Ac@127.0.0.1:8085/apis/ccompat/v7"
    assert settings.kafka_client == {
        "bootstrap.servers": "127.0.0.1:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "c360",
        "sasl.password": "one",
        "ssl.ca.location": "/ca.pem",
    }
    with pytest.raises(SettingError, match="C360_KAFKA_PASSWORD"):
        _ = settings.model_copy(update={"kafka_password": ""}).kafka_client


def test_servers_elsewhere_are_reached_as_their_own_settings_say(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        tls_certificate="a.pem",
        kafka_bootstrap="broker:1",
        kafka_options={"security.protocol": "SSL"},
        schema_registry_url="https://registry:8081/",
    )
    assert settings.kafka_security == {"security.protocol": "SSL"}
    assert settings.registry_login is None
    assert settings.registry_url == "https://registry:8081"


def test_an_unknown_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C360_CLICKHOUSE_INGEST", "pipes")
    with pytest.raises(SettingError, match=r"C360_CLICKHOUSE_INGEST.*'engine' or 'client'"):
        read_settings()
