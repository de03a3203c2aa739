"""Asking for what a group has committed, while its coordinator is elsewhere for a moment."""

import time

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
