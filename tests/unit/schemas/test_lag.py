"""Asking for offsets while the broker that knows them is elsewhere for a moment."""

import time
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from schemas import lag
from schemas.settings import Settings


class Coordinator:
    """Answers with errors first."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.closed = False

    def __call__(self, _: object) -> "Coordinator":
        return self

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        assert timeout > 0
        if self.codes:
            raise KafkaException(KafkaError(self.codes.pop(0)))
        return [TopicPartition(one.topic, one.partition, 7) for one in partitions]

    def close(self) -> None:
        self.closed = True


def ask(monkeypatch: pytest.MonkeyPatch, coordinator: Coordinator) -> dict[tuple[str, int], int]:
    monkeypatch.setattr(lag, "Consumer", coordinator)
    monkeypatch.setattr(lag, "AGAIN_SECONDS", 0.0)
    return lag.committed(Settings(kafka_bootstrap="127.0.0.1:1"), "group", [TopicPartition("t", 0)])


def test_a_coordinator_that_moves_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart of the broker 'c360 status' ended with "Not coordinator"."""
    coordinator = Coordinator(KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)
    assert ask(monkeypatch, coordinator) == {("t", 0): 7}
    assert coordinator.closed


def test_any_other_error_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    coordinator = Coordinator(KafkaError.GROUP_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaException):
        ask(monkeypatch, coordinator)
    assert coordinator.closed


def test_one_that_never_is_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, lag.TIMEOUT_SECONDS - 1, lag.TIMEOUT_SECONDS + 1])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    coordinator = Coordinator(*[KafkaError.NOT_COORDINATOR] * 3)
    with pytest.raises(KafkaException):
        ask(monkeypatch, coordinator)
    assert len(coordinator.codes) == 1


class Leader:
    """An admin client of one topic with two partitions, the second of which answers with errors first."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.heard = 0

    def list_topics(self, timeout: float) -> Any:
        assert timeout > 0
        self.heard += 1
        return SimpleNamespace(topics={"t": SimpleNamespace(partitions=[0, 1])})

    def list_offsets(self, asked: dict[TopicPartition, Any], request_timeout: float) -> dict[TopicPartition, Any]:
        assert request_timeout > 0
        return {one: self._answer(one.partition) for one in asked}

    def _answer(self, partition: int) -> "Future[Any]":
        future: Future[Any] = Future()
        if partition == 1 and self.codes:
            future.set_exception(KafkaException(KafkaError(self.codes.pop(0))))
        else:
            future.set_result(SimpleNamespace(offset=40 + partition))
        return future


def test_a_partition_whose_leader_is_not_there_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backfill into topics that had just been made ended with "Not leader for partition"."""
    monkeypatch.setattr(lag, "AGAIN_SECONDS", 0.0)
    leader: Any = Leader(KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)
    assert lag.end_offsets(leader, ["t", "not there"]) == {("t", 0): 40, ("t", 1): 41}
    with pytest.raises(KafkaException):
        lag.end_offsets(Leader(KafkaError.TOPIC_AUTHORIZATION_FAILED), ["t"])  # type: ignore[arg-type]


def test_a_broker_that_leads_again_is_asked_by_its_newer_term(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes after three brokers had been killed, the first leader of a partition led it again, and whoever asked for
    ends was told "Leader epoch is older than broker epoch"."""
    monkeypatch.setattr(lag, "AGAIN_SECONDS", 0.0)
    codes = (KafkaError.FENCED_LEADER_EPOCH, KafkaError.UNKNOWN_LEADER_EPOCH, KafkaError.OFFSET_NOT_AVAILABLE)
    leader: Any = Leader(*codes)
    assert lag.end_offsets(leader, ["t"]) == {("t", 0): 40, ("t", 1): 41}
    assert leader.heard == 1 + len(codes)
