"""What makes two runs the same run, and what Kafka would refuse."""

from dataclasses import replace
from fractions import Fraction

import pytest

from schemas.errors import UsageError
from tests.unit.producers.worlds import plan


def test_the_name_says_what_the_events_depend_on() -> None:
    one = plan(10_000_000, history=False)
    same = [replace(one, events=20_000_000), replace(one, streams=frozenset({"customers"})), replace(one, source=9)]
    assert {other.name() for other in same} == {one.name()}
    others = [
        replace(one, seed=6),
        replace(one, start=one.start + 1),
        replace(one, customers=3001),
        replace(one, pace=Fraction(999)),
        replace(one, mix=(("transactions", 1.0),)),
        replace(plan(1000, history=True), start=one.start),
        replace(plan(1001, history=True), start=one.start),
    ]
    assert len({one.name(), *(other.name() for other in others)}) == len(others) + 1


def test_a_world_is_named_by_stream_and_size() -> None:
    one = plan(10, history=True)
    assert one.world_name("customers") == replace(one, products=1).world_name("customers")
    assert one.world_name("customers") != replace(one, customers=1).world_name("customers")


def test_event_times_that_kafka_refuses() -> None:
    past = plan(1000, history=True)
    past.check(past.start + (past.length or 0))
    with pytest.raises(UsageError, match="an hour ahead"):
        past.check(past.start)
    live = plan(1000, history=False)
    live.check(live.start - 3_600_000)
    with pytest.raises(UsageError, match="--start"):
        live.check(live.start - 3_600_001)
