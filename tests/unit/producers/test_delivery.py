"""The account is exact, with librdkafka's own mock of a cluster: small loads, and brokers that fail."""

import time
from typing import Any

import pytest

from producers.counters import Counters, Stop, Totals
from producers.delivery import Delivery
from producers.encoding import TOPICS
from producers.sender import Line, Sender
from schemas import wire
from schemas.records import schema
from tests.support.waiting import wait_for
from tests.unit.producers.worlds import plan, world

MOCK: dict[str, Any] = {"test.mock.num.brokers": 1, "bootstrap.servers": " ", "linger.ms": 5, "log_level": 0}
#: Nobody listens here.
NOWHERE: dict[str, Any] = {"bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 300, "log_level": 0}


def sender(options: dict[str, Any], counters: Counters, stop: Stop | None = None) -> Sender:
    """A sender of the small world."""
    topics = {stream: f"t.{stream}" for stream in TOPICS}
    return Sender(Line(topics, dict.fromkeys(TOPICS, 1), options, audited=True), world(), counters, stop or Stop())


def test_everything_is_acknowledged() -> None:
    delivery = Delivery(MOCK)
    assert delivery.send("t", [b"v"] * 500, [b"k"] * 500, [1000] * 500) == 500
    delivery.finish(20)
    assert (delivery.sent, delivery.acknowledged, delivery.failed, delivery.queued) == (500, 500, 0, 0)


def test_what_no_broker_takes_has_failed() -> None:
    refused: list[tuple[str, bytes]] = []
    delivery = Delivery(NOWHERE, lambda topic, value: refused.append((topic, value)))
    values = [str(number).encode() for number in range(50)]
    delivery.send("t", values, [b"k"] * 50, [1000] * 50)
    delivery.finish(20)
    assert (delivery.sent, delivery.acknowledged, delivery.failed, delivery.queued) == (50, 0, 50, 0)
    assert sorted(refused) == sorted(("t", value) for value in values)
    assert delivery.reason


def test_what_comes_of_the_broker_after_the_last_record_is_no_record() -> None:
    """An event that the broker had gone was counted as a record on its way, and one too few as acknowledged."""
    delivery = Delivery({**MOCK, "statistics.interval.ms": 1, "stats_cb": lambda _: None})
    delivery.send("t", [b"v"] * 50, [b"k"] * 50, [1000] * 50)
    delivery.finish(20)
    wait_for(lambda: len(delivery._producer), "an event of the client's own waits")
    assert (delivery.sent, delivery.acknowledged, delivery.failed, delivery.queued) == (50, 50, 0, 0)
    delivery.send("t", [b"v"], [b"k"], [1000])
    assert delivery.queued > 0


def test_a_record_that_is_too_large_fails_alone() -> None:
    delivery = Delivery({**MOCK, "message.max.bytes": 1000})
    delivery.send("t", [b"a", b"b" * 2000, b"c"], [b"k"] * 3, [1000] * 3)
    delivery.finish(20)
    assert (delivery.sent, delivery.acknowledged, delivery.failed) == (3, 2, 1)


def test_a_full_queue_waits_and_may_be_given_up() -> None:
    asked = iter([True, True, False])
    delivery = Delivery(
        {**NOWHERE, "message.timeout.ms": 60_000, "queue.buffering.max.messages": 10}, idle=asked.__next__
    )
    assert delivery.send("t", [b"v"] * 30, [b"k"] * 30, [1000] * 30) == 10
    delivery.finish(0)
    assert (delivery.sent, delivery.failed, delivery.acknowledged) == (10, 10, 0)


def test_a_run_is_accounted_for_by_id() -> None:
    counters = Counters()
    sent = sender(MOCK, counters).run(plan(3000, history=True), time.monotonic())
    totals = Totals([counters])
    assert (totals.all_sent, totals.acknowledged, totals.all_failed, totals.queued) == (3000, 3000, 0, 0)
    assert {stream: len(ids) for stream, ids in sent.acked.items()} == {
        stream: totals.sent[stream] for stream in ("transactions", "interactions")
    }
    assert all(ids.min() >> 40 == 3 for ids in sent.acked.values())


def test_a_run_without_a_broker_is_accounted_for_too() -> None:
    counters = Counters()
    sent = sender(NOWHERE, counters).run(plan(500, history=True), time.monotonic())
    totals = Totals([counters])
    assert (totals.all_sent, totals.acknowledged, totals.all_failed) == (500, 0, 500)
    assert sent.failed == 500
    assert sum(map(len, sent.acked.values())) == 0


def test_a_stop_ends_an_endless_run() -> None:
    counters, stop = Counters(), Stop()
    one = sender(MOCK, counters, stop)
    stop.ask()
    one.run(plan(10, history=False), time.monotonic())
    assert Totals([counters]).all_sent == 0


@pytest.mark.parametrize("stream", ["transactions", "interactions"])
def test_what_is_sent_is_a_record_of_the_contract(stream: str) -> None:
    taken: list[tuple[str, bytes]] = []
    one = sender(NOWHERE, Counters())
    one._delivery._on_failed = lambda topic, value: taken.append((topic, value))
    one.run(plan(200, history=True), time.monotonic())
    values = [value for topic, value in taken if topic == f"t.{stream}"]
    assert values
    for value in values:
        wire.decode(value, schema(TOPICS[stream].record))
