"""Settings that cannot be used are named, with their value and what to do."""

import pytest

from schemas.errors import SettingError
from schemas.settings import read_settings


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
