"""Senders that keep their position: stretches of event time, batches that go on, what a failure leaves behind."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers import sender as senders
from producers.counters import Counters, Stop, Totals
from producers.encoding import TOPICS
from producers.sender import BATCH, STRETCH_MS, Line, Sender, batches, stretches
from schemas.errors import C360Error
from tests.unit.producers.worlds import plan, world

MOCK: dict[str, Any] = {"test.mock.num.brokers": 1, "bootstrap.servers": " ", "linger.ms": 5, "log_level": 0}
NOWHERE: dict[str, Any] = {"bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 300, "log_level": 0}


def sender(options: dict[str, Any], counters: Counters, stop: Stop | None = None) -> Sender:
    """One that keeps its position."""
    topics = {stream: f"t.{stream}" for stream in TOPICS}
    return Sender(Line(topics, dict.fromkeys(TOPICS, 1), options, kept=True), world(), counters, stop or Stop())


@given(st.lists(st.integers(0, 50 * STRETCH_MS), min_size=1, max_size=50).map(sorted), st.integers(0, 1000))
def test_a_stretch_is_ten_minutes_at_most(times: list[int], first: int) -> None:
    ends = stretches(np.array(times), first)
    assert ends == sorted(set(ends))
    assert ends[-1] == first + len(times)
    for begin, end in zip([first, *ends], ends, strict=False):
        part = times[begin - first : end - first]
        assert part[-1] - part[0] < STRETCH_MS


@given(first=st.integers(0, 5 * BATCH), more=st.integers(0, 5 * BATCH))
def test_batches_go_on_as_if_they_had_begun_at_the_beginning(first: int, more: int) -> None:
    found = list(batches(first, first + more))
    assert [end for _, end in found[:-1]] == [begin for begin, _ in found[1:]]
    assert sum(end - begin for begin, end in found) == more
    assert all(end % BATCH == 0 for _, end in found[:-1])


def test_what_is_acknowledged_is_kept() -> None:
    counters = Counters()
    sender(MOCK, counters).run(plan(20_000, history=True), time.monotonic())
    totals = Totals([counters])
    assert (totals.kept, totals.following, totals.all_sent) == (20_000, 20_000, 20_000)
    assert totals.size > 20_000 * 20


def test_going_on_sends_the_rest() -> None:
    whole, rest = Counters(), Counters()
    first = 13_000
    sender(MOCK, whole).run(plan(20_000, history=True), time.monotonic())
    sender(MOCK, rest).run(replace(plan(20_000, history=True), first=first), time.monotonic())
    assert Totals([rest]).all_sent == 20_000 - first
    assert Totals([rest]).kept == 20_000


def test_nothing_is_kept_of_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "KEEP_SECONDS", 0.0)
    counters = Counters()
    with pytest.raises(C360Error, match="did not take what was sent: Local: Message timed out"):
        sender(NOWHERE, counters).run(plan(20_000, history=True), time.monotonic())
    assert Totals([counters]).kept == 0
    assert Totals([counters]).following <= BATCH


def test_a_stop_keeps_what_was_sent() -> None:
    counters, stop = Counters(), Stop()
    one = sender(MOCK, counters, stop)
    stop.ask()
    one.run(plan(20_000, history=True), time.monotonic())
    assert Totals([counters]).kept == Totals([counters]).all_sent == 0


def test_nobody_gets_far_ahead() -> None:
    counters, stop, slow = Counters(), Stop(), Counters()
    one = sender(MOCK, counters, stop)
    one._others = [counters, slow]
    sleep = time.sleep

    def nap(seconds: float) -> None:
        sleep(seconds)
        if counters.following >= senders.LEAD:
            stop.ask()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", nap)
        one.run(plan(100_000, history=True), time.monotonic())
    assert senders.LEAD < counters.following <= senders.LEAD + BATCH
