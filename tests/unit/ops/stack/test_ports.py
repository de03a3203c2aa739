"""What is said about ports that cannot be had."""

from pathlib import Path

import psutil
import pytest

from ops.stack import ports
from ops.stack.parts import PARTS, chosen
from schemas.errors import C360Error, SettingError, UsageError
from schemas.settings import Settings


def test_a_taken_port_is_named_with_part_and_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path, clickhouse_port=18123)
    monkeypatch.setattr(ports, "is_free", lambda port: port != 18123)
    monkeypatch.setattr(psutil, "net_connections", lambda _: [])
    with pytest.raises(
        C360Error, match=r"Port 18123, which ClickHouse needs, is taken\..*C360_CLICKHOUSE_PORT"
    ) as said:
        ports.check_free(settings, PARTS)
    assert said.value.exit_code == 1


def test_one_port_given_twice_is_wrong_usage(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, registry_port=9092)
    with pytest.raises(SettingError, match=r"C360_KAFKA_PORT and C360_REGISTRY_PORT both have the value 9092"):
        ports.check_distinct(settings, PARTS)


def test_servers_elsewhere_are_not_started_here(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, kafka_bootstrap="broker:9092", clickhouse_url="https://clickhouse:8443")
    assert [part.name for part in chosen(settings)] == [
        "registry", "sinks", "stream_processors", "bolt", "api", "console",
    ]  # fmt: skip
    settings = Settings(home=tmp_path, bolt_url="bolt://puppygraph:7687")
    assert "bolt" not in [part.name for part in chosen(settings)]


def test_parts_are_chosen_by_name_in_the_order_of_starting(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert [part.name for part in chosen(settings, ("registry", "kafka"))] == ["kafka", "registry"]
    with pytest.raises(UsageError, match=r"no part 'zookeeper'.*kafka, registry"):
        chosen(settings, ("zookeeper",))
