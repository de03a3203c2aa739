"""What servers hold is broken for real, one thing after another: the doctor names each, and its remedy mends it."""

import functools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # missing from its stubs
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from ops.doctor import contract
from schemas.clients import writer_client
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, PRODUCTS, TRANSACTIONS
from schemas.wire import frame
from tests.support.stack import own_settings, running
from tests.support.waiting import GIVE_UP, wait_for

PARTS = ("kafka", "registry", "clickhouse", "sinks")


@dataclass(frozen=True)
class Patient:
    """A stack whose servers may be harmed."""

    settings: Settings
    environment: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=GIVE_UP,
            check=False,
        )

    def findings(self) -> dict[str, dict[str, Any]]:
        """What is not well, of what servers hold, by what it is."""
        done = self.run("ops.cli", "doctor", "--json")
        found = json.loads(done.stdout)["findings"]
        return {one["what"]: one for one in found if not one["well"] and one["what"] not in self.left_out()}

    def left_out(self) -> set[str]:
        """This machine's own troubles, and the parts that these tests do without."""
        return {"memory", "disk", "stream_processors", "bolt", "api", "console"}

    def command(self, sql: str) -> None:
        client = writer_client(self.settings)
        client.command(sql)
        client.close()

    @functools.cached_property
    def admin(self) -> AdminClient:
        """Held on to: what it was asked for ends with it."""
        return AdminClient({**self.settings.kafka_client, "log_level": 0})


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    settings = own_settings(tmp_path_factory.mktemp("doctor") / "home")
    with running(settings, PARTS) as environment:
        yield Patient(settings, environment)


@pytest.fixture(autouse=True)
def mended(patient: Patient) -> Iterator[None]:
    """Each test leaves it well, as it found it."""
    assert patient.findings() == {}
    yield
    assert patient.run("sinks", "--migrate-only").returncode == 0
    # That a reader could not store what it had read is said some seconds longer.
    wait_for(lambda: patient.findings() == {}, "nothing is found")


def test_a_topic_s_setting(patient: Patient) -> None:
    name = TRANSACTIONS.name(patient.settings)
    entry = ConfigEntry("retention.ms", "86400000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[entry])
    patient.admin.incremental_alter_configs([resource])[resource].result()
    found = patient.findings()
    assert found[name]["detail"] == "retention.ms=86400000, not -1"
    assert "Features look back 90 days" in found["retention"]["remedy"]
    assert found[name]["remedy"] == "Run: c360 topics --apply"
    assert patient.run("ops.cli", "topics").returncode == 1
    done = patient.run("ops.cli", "topics", "--apply")
    assert f"{name}: retention.ms was 86400000, is -1" in done.stdout
    assert done.returncode == 0


def test_a_topic_that_is_missing(patient: Patient) -> None:
    name = CHURN_ALERTS.name(patient.settings)
    patient.admin.delete_topics([name])[name].result()
    wait_for(lambda: name in patient.findings(), "the topic is missed")
    found = patient.findings()[name]
    assert (found["detail"], found["remedy"]) == ("it does not exist", contract.MIGRATE)


def test_partitions_that_are_not_those_of_the_settings(patient: Patient) -> None:
    more = Patient(patient.settings, {**patient.environment, "C360_TOPIC_PARTITIONS": "8"})
    found = more.findings()[TRANSACTIONS.name(patient.settings)]
    assert found["detail"] == "4 partitions, not 8"
    assert "Set C360_TOPIC_PARTITIONS=4" in found["remedy"]


def test_copies_that_are_too_few(patient: Patient) -> None:
    more = Patient(patient.settings, {**patient.environment, "C360_TOPIC_REPLICATION": "3"})
    assert more.findings()[TRANSACTIONS.name(patient.settings)]["detail"] == "1 copies, not 3"


def test_a_schema_that_the_registry_does_not_have(patient: Patient) -> None:
    subject = PRODUCTS.subject(patient.settings)
    httpx2.delete(f"{patient.settings.registry_url}/subjects/{subject}").raise_for_status()
    found = patient.findings()[subject]
    assert found["remedy"] == contract.MIGRATE


def test_records_of_a_registry_that_is_gone(patient: Patient) -> None:
    """Into a prefix of its own: what was sent stays."""
    other = Patient(
        patient.settings.model_copy(update={"topic_prefix": "gone."}),
        {**patient.environment, "C360_TOPIC_PREFIX": "gone."},
    )
    name = PRODUCTS.name(other.settings)
    other.admin.create_topics([NewTopic(name, 4)])[name].result()
    producer = Producer(other.settings.kafka_client)
    producer.produce(name, frame(4711) + b"body", key=b"1")
    producer.flush()
    wait_for(lambda: name in other.findings(), "it is noticed")
    assert "the registry knows no schema 4711" in other.run("ops.cli", "doctor").stdout


def test_a_table_that_is_missing(patient: Patient) -> None:
    """What else may differ: tests/integration/sinks/test_drift.py."""
    patient.command("DROP TABLE churn_alerts SYNC")
    found = patient.findings()["tables"]
    assert (found["detail"], found["remedy"]) == ("churn_alerts is missing", contract.MIGRATE)


def test_a_clock_that_is_off(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr("time.time", lambda: now() - 3600)
    (found,) = (one for one in contract.clickhouse(patient.settings) if one.what == "clock")
    assert found.detail.startswith("3600.")
    assert "chrony" in found.remedy


def test_a_server_that_is_too_old(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "CLICKHOUSE", (99, 1))
    (found,) = (one for one in contract.clickhouse(patient.settings) if one.what == "ClickHouse")
    assert "Upgrade it to 99.1" in found.remedy
