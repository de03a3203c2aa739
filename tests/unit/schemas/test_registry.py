"""What the registry's answers mean for a record: bad only where the registry says that there is no such schema."""

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka.schema_registry import ServerConfig
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.errors import UnreachableError, WireError
from schemas.registry import COMPATIBILITY, Registry
from schemas.settings import Settings


def registry(monkeypatch: pytest.MonkeyPatch, answer: Any) -> Registry:
    def get_schema(_: int) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(schema_str=answer)

    made = Registry(Settings())
    monkeypatch.setattr(made._client, "get_schema", get_schema)
    return made


def test_an_unknown_schema_makes_a_bad_record(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WireError, match="knows no schema 7"):
        registry(monkeypatch, SchemaRegistryError(404, 40403, "not found")).parsed(7)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "does not let c360 in"),
        (403, "does not let c360 in"),
        (429, "does not answer"),
        (500, "does not answer"),
        (503, "does not answer"),
    ],
)
def test_a_refusal_makes_no_bad_record(monkeypatch: pytest.MonkeyPatch, status: int, said: str) -> None:
    with pytest.raises(UnreachableError, match=said):
        registry(monkeypatch, SchemaRegistryError(status, status, "no")).parsed(7)


@pytest.mark.parametrize("text", ['syntax = "proto3";', '{"type": "object"}', '{"type": "record"}', '"other.Record"'])
def test_what_is_no_avro_makes_a_bad_record(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(WireError, match="7 is no Avro schema"):
        registry(monkeypatch, text).parsed(7)


def test_two_that_start_at_once_may_both_make_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apicurio says so to the second, whose rule was not there when it looked."""
    made, answers = registry(monkeypatch, ""), [SchemaRegistryError(409, 0, "A rule already exists."), None]
    told: list[object] = []

    def set_config(config: ServerConfig) -> None:
        told.append(config.compatibility)
        if (answer := answers.pop(0)) is not None:
            raise answer

    monkeypatch.setattr(made._client, "set_config", set_config)
    made.enforce_compatibility()
    assert told == [COMPATIBILITY, COMPATIBILITY]
