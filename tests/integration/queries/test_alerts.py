"""Churn alerts are read from Kafka as they are written: the latest, by kind, and what is no alert left out."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from confluent_kafka import Producer

from queries import alerts
from queries.cli import alerts_command
from schemas import topics, wire
from schemas.cli import exit_code
from schemas.errors import UnreachableError
from schemas.records import schema
from schemas.settings import Settings

NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
SCHEMA_ID = 7


class OneSchema:
    """A registry that knows the schema of alerts alone."""

    def __init__(self, _: Settings) -> None:
        pass

    def parsed(self, schema_id: int) -> object:
        assert schema_id == SCHEMA_ID
        return schema("churn_alert")


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """librdkafka's own broker, with twelve alerts of an hour each and one value that is none."""
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none:1", "log_level": 0})
    found = producer.list_topics(timeout=10).brokers
    address = next(f"{broker.host}:{broker.port}" for broker in found.values())
    settings = Settings(kafka_bootstrap=address)
    name = topics.CHURN_ALERTS.name(settings)
    for hour in range(12):
        producer.produce(name, alert(hour), key=str(hour % 3))
    producer.produce(name, b"not an alert", key="0")
    assert producer.flush(10) == 0
    monkeypatch.setattr(alerts, "Registry", OneSchema)
    monkeypatch.setattr("queries.cli.settings", lambda: settings)
    yield settings
    producer.flush(10)


def alert(hour: int) -> bytes:
    record = {
        "alert_id": f"{hour:032x}",
        "customer_id": hour % 3,
        "kind": "recovered" if hour % 4 == 3 else "raised",
        "score": 0.9,
        "previous_score": 0.4,
        "reason": f"silent for {hour} days",
        "segment": "VIP",
        "lifetime_value": Decimal("8542.10"),
        "as_of": NOON + dt.timedelta(hours=hour),
    }
    return wire.encode(record, schema("churn_alert"), SCHEMA_ID)


def placed(following: Iterator[alerts.Began | alerts.Placed | None]) -> list[alerts.Placed]:
    """Those that were there before."""
    before = list(iter(lambda: next(following), None))
    assert all(isinstance(one, alerts.Placed) for one in before)
    return [one for one in before if isinstance(one, alerts.Placed)]


def test_the_latest_over_all_partitions_are_in_order(broker: Settings) -> None:
    found = alerts.latest(broker, 5, None)
    assert [row["as_of"] for row in found] == [NOON + dt.timedelta(hours=hour) for hour in range(7, 12)]
    assert found[0]["lifetime_value"] == Decimal("8542.10")


def test_of_one_kind(broker: Settings) -> None:
    assert [row["reason"] for row in alerts.latest(broker, 9, "recovered")] == [
        "silent for 3 days",
        "silent for 7 days",
        "silent for 11 days",
    ]


@pytest.mark.usefixtures("broker")
def test_the_command_prints_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(alerts_command, ["--limit", "2", "--kind", "raised"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-1] for line in lines] == ["silent for 9 days", "silent for 10 days"]


def test_no_broker(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(alerts, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr("queries.cli.settings", lambda: Settings(kafka_bootstrap="127.0.0.1:58129"))
    assert exit_code(alerts_command, []) == 1
    assert "Kafka at 127.0.0.1:58129 does not answer" in capsys.readouterr().err


def test_those_before_and_those_to_come_are_followed_with_their_places(broker: Settings) -> None:
    following = alerts.followed(broker, 1000)
    began = next(following)
    assert isinstance(began, alerts.Began)
    assert set(began.starts.values()) == {0}
    assert sum(began.ends.values()) == 13
    before = placed(following)
    assert sorted(one.alert["as_of"] for one in before) == [NOON + dt.timedelta(hours=hour) for hour in range(12)]
    producer = Producer({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    producer.produce(topics.CHURN_ALERTS.name(broker), alert(23), key="0")
    assert producer.flush(10) == 0
    newest = next(one for one in following if one is not None)
    assert isinstance(newest, alerts.Placed)
    assert newest.alert["as_of"] == NOON + dt.timedelta(hours=23)
    places = {(one.partition, one.offset) for one in before}
    assert len(places) == 12
    assert (newest.partition, newest.offset) not in places
    following.close()  # type: ignore[attr-defined]  # it is a generator


def test_only_so_many_back_are_followed(broker: Settings) -> None:
    following = alerts.followed(broker, 4)
    began = next(following)
    assert isinstance(began, alerts.Began)
    before = placed(following)
    assert 1 <= len(before) <= 4
    assert all(one.offset >= began.starts[one.partition] for one in before)
    following.close()  # type: ignore[attr-defined]  # it is a generator


def test_who_follows_hears_that_their_offsets_are_gone(broker: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the topic was made anew: from its end they would miss alerts, and nobody would know."""
    monkeypatch.setattr(alerts, "_bounds", lambda *_: (5000, 5000))
    following = alerts.followed(broker, 1000)
    with pytest.raises(UnreachableError, match="Kafka: "):
        list(following)
