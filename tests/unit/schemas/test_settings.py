"""Settings that cannot be used are named, with their value and what to do."""

from pathlib import Path
from typing import Literal

import click
import pytest
from pydantic import BaseModel, Field

from schemas.cli import exit_code
from schemas.errors import SettingError
from schemas.settings import Settings, read_settings, settings
from schemas.variables import allowed


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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("C360_KAFKA_PORT", "70000", "C360_KAFKA_PORT has the value '70000': expected a whole number from 1 to 65535."),
        ("C360_SNAPSHOT_SECONDS", "0", "expected a number above 0 s."),
        ("C360_TOPIC_RETENTION_MS", "-2", "expected a whole number from -1 on ms."),
        ("C360_CLICKHOUSE_URL", "host:8123", "expected a URL that begins with http:// or https://."),
        # Of another kind the engine would repeat the whole URL, and the password in it, in an error that readers see.
        ("C360_SCHEMA_REGISTRY_URL", "ftp://host", "expected a URL that begins with http:// or https://."),
        ("C360_BOLT_URL", "http://host", "expected a URL that begins with bolt:// or neo4j://."),
        ("C360_CLICKHOUSE_DATABASE", "1st", "expected letters, digits and _, no digit first."),
        ("C360_BOLT_USER", "", "expected text that is not empty."),
        ("C360_KAFKA_OPTIONS", '{"linger.ms": [1]}', "C360_KAFKA_OPTIONS, at linger.ms, has a value that cannot be"),
    ],
)
def test_the_name_the_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as error:
        read_settings()
    assert said in str(error.value)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    "value", ['{"sasl.password": "12345"', '{"sasl.password": 12345}', '{"sasl.password": ["12345"]}', '["12345"]']
)
def test_a_password_among_options_that_cannot_be_used_is_not_said(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("C360_KAFKA_OPTIONS", value)
    with pytest.raises(SettingError, match="C360_KAFKA_OPTIONS") as error:
        read_settings()
    assert "12345" not in str(error.value)


def test_a_name_that_is_no_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("C360_KAFKA_PROT", "9192")
    settings.cache_clear()
    assert exit_code(click.Command("any", callback=lambda: settings() and None), []) == 2
    said = "Error: C360_KAFKA_PROT is no setting. Did you mean C360_KAFKA_PORT? docs/settings.md lists them all.\n"
    assert capsys.readouterr().err == said


def test_a_file_gives_what_the_environment_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.env"
    lines = ["# ours", "C360_KAFKA_PORT=19092", "export C360_TOPIC_PREFIX='shop.'", "", "GF_ADMIN=not ours"]
    file.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("C360_SETTINGS_FILE", str(file))
    monkeypatch.setenv("C360_KAFKA_PORT", "29092")
    assert read_settings() == Settings(kafka_port=29092, topic_prefix="shop.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C360_KAFKA_PROT=1", "C360_KAFKA_PROT in {path} is no setting. Did you mean C360_KAFKA_PORT?"),
        ("C360_KAFKA_PORT=none", "C360_KAFKA_PORT has the value 'none'"),
        ("hunter2", "Line 1 of {path} is no NAME=value"),
        (None, "C360_SETTINGS_FILE has the value '{path}': No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, said: str
) -> None:
    file = tmp_path / "settings.env"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("C360_SETTINGS_FILE", str(file))
    with pytest.raises(SettingError) as error:
        read_settings()
    assert said.format(path=file) in str(error.value)
    assert "hunter2" not in str(error.value)


def test_every_setting_has_a_meaning_and_says_what_it_may_be() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert allowed(name, field), name
        if field.annotation in {int, float} and not name.endswith("port"):
            assert any(character.isdigit() for character in allowed(name, field)), f"{name} has no bounds"


class Others(BaseModel):
    """Forms that settings may have."""

    pause_seconds: float = Field(1.0, gt=0, le=60)
    copies: int = Field(1, ge=1)
    way: Literal["a", "b"] = "a"
    code: str = Field("", pattern="^x+$")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pause_seconds", "a number above 0 up to 60 s"),
        ("copies", "a whole number from 1 on"),
        ("way", "a or b"),
        ("code", "text that matches ^x+$"),
    ],
)
def test_what_a_setting_may_be_in_words(name: str, said: str) -> None:
    assert allowed(name, Others.model_fields[name]) == said


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
    with pytest.raises(SettingError, match=r"C360_CLICKHOUSE_INGEST.*engine or client"):
        read_settings()
