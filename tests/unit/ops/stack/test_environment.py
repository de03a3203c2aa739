"""Settings survive the way through a child's environment."""

from pathlib import Path

import pytest

from ops.stack.environment import MARK, child_environment, environment
from schemas.settings import Settings, read_settings


def test_a_child_reads_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        home=tmp_path / "a b%",
        kafka_port=19092,
        kafka_options={"sasl.username": "it's me"},
        clickhouse_reader_password="pass word",
        snapshot_seconds=2.5,
    )
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    assert read_settings() == settings


def test_the_callers_own_settings_do_not_leak_into_another_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    monkeypatch.setenv("C360_KAFKA_PORT", "1")
    monkeypatch.setenv("C360_SOMETHING_OLD", "1")
    child = child_environment(settings)
    assert child["C360_KAFKA_PORT"] == str(settings.kafka_port)
    assert "C360_SOMETHING_OLD" not in child
    assert child[MARK] == str(tmp_path)
