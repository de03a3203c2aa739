"""Alerts against a simulation that looks at every customer at every hour, whatever the order of arrival.

events      x x  x   x                                 x
score       ....................----======>= 0.5       0
alerts                                  raised          recovered
"""

import bisect
import random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_processors.churn.alerts import RAISED, RECOVERED, Alert, AlertEngine, alert_id
from stream_processors.features.parameters import DAY, HOUR
from tests.unit.stream_processors.models import quick_model

MODEL = quick_model()
START = 472_000 * HOUR


class Happening(NamedTuple):
    """An event of a customer (row)."""

    row: int
    ts: int
    cents: int


def longs(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


def simulated(
    happenings: list[Happening], until: int, segments: dict[int, int]
) -> list[tuple[int, int, str, int, int]]:
    """(tick, row, kind, segment, value) of every alert, hour by hour."""
    out = []
    for row in sorted({happening.row for happening in happenings}):
        own = sorted((happening for happening in happenings if happening.row == row), key=lambda each: each.ts)
        segment, raised, known, due = np.array([segments.get(row, 0)]), False, 0, float("inf")
        for tick in range(own[0].ts // HOUR + 1, until // HOUR + 1):
            before, known = known, bisect.bisect_left(own, tick * HOUR, lo=known, key=lambda each: each.ts)
            if known > before:
                days = {happening.ts // DAY for happening in own[:known]}
                # All hours until the next event is known at once: one by one they took most of a test's time.
                following = own[known].ts // HOUR + 1 if known < len(own) else until // HOUR + 1
                begin, ticks = tick, np.arange(tick, max(following, tick + 1))
                first, last = np.full(ticks.size, own[0].ts), np.full(ticks.size, own[known - 1].ts)
                habit = MODEL.habits(np.repeat(segment, ticks.size), np.full(ticks.size, len(days)), first, last)
                due = np.ceil((last + MODEL.silences(habit, MODEL.raise_from)) / HOUR)[0]
                scores = MODEL.scores(habit, ticks * HOUR - last)
            if not raised and tick >= due and len(days) >= MODEL.min_active_days:
                kind = RAISED
            elif raised and scores[tick - begin] < MODEL.recover_below:
                kind = RECOVERED
            else:
                continue
            raised = kind == RAISED
            out.append((tick, row, kind, int(segment[0]), sum(happening.cents for happening in own[:known])))
    return sorted(out)


def plain(alerts: list[Alert]) -> list[tuple[int, int, str, int, int]]:
    return [(alert.tick, alert.row, alert.kind, alert.segment, alert.value) for alert in alerts]


def add(engine: AlertEngine, happenings: list[Happening]) -> None:
    engine.grow(max((happening.row for happening in happenings), default=0) + 1)
    columns = [longs([happening[at] for happening in happenings]) for at in range(3)]
    engine.add(*columns)


def restarted(engine: AlertEngine) -> AlertEngine:
    fresh = AlertEngine(MODEL)
    fresh.apply(engine.dump(whole=True)())
    fresh.wake()
    return fresh


@st.composite
def histories(draw: st.DrawFn) -> list[Happening]:
    """Customers who come daily or so for a while, then pause, some to come back."""
    out = []
    for row in range(draw(st.integers(1, 4))):
        day = START + draw(st.integers(0, 5 * 24)) * HOUR
        for gap in draw(st.lists(st.sampled_from([1, 5, 24, 25, 48, 72, 400, 900]), min_size=1, max_size=12)):
            day += gap * HOUR
            out.append(Happening(row, day + draw(st.integers(0, HOUR - 1)), draw(st.integers(-50, 500))))
    return out


@settings(max_examples=50, deadline=None)
@given(histories(), st.data())
def test_alerts_are_those_of_an_hourly_simulation(happenings: list[Happening], data: st.DataObject) -> None:
    segments = {row: data.draw(st.integers(1, 5)) for row in {happening.row for happening in happenings}}
    until = max(happening.ts for happening in happenings) + 40 * DAY
    engine, alerts = AlertEngine(MODEL), []
    engine.grow(8)
    rows = longs(sorted(segments))
    engine.profiles(rows, np.array([segments[row] for row in sorted(segments)], np.uint8), rows * 0)
    left = sorted(happenings, key=lambda happening: happening.ts)
    watermark = START
    while left:
        watermark += data.draw(st.sampled_from([HOUR, 7 * HOUR, 3 * DAY, 30 * DAY]))
        ready = [happening for happening in left if happening.ts < watermark]
        left = left[len(ready) :]
        add(engine, data.draw(st.permutations(ready)))
        alerts += engine.advance(watermark).alerts
        engine = restarted(engine) if data.draw(st.booleans()) else engine
    for mark in range(max(watermark, START), until + 1, DAY):
        alerts += engine.advance(mark).alerts
    alerts += engine.advance(until).alerts
    assert plain(alerts) == simulated(happenings, until, segments)


def shop(seed: int) -> list[Happening]:
    """Sixty customers in a hundred days: a third stay, a third leave, a third pause."""
    rng = random.Random(seed)
    out = []
    for row in range(60):
        at, end = START, START + 100 * DAY * (1 if row % 3 else rng.random())
        while (at := at + int(rng.expovariate(0.5) * DAY)) < end:
            if row % 3 != 1 or not 30 * DAY < at - START < 70 * DAY:
                out.append(Happening(row, at, rng.randrange(1, 10_000)))
    return sorted(out, key=lambda happening: happening.ts)


@pytest.mark.parametrize("disorder", [0, HOUR - 1])
def test_disorder_within_the_watermark_changes_no_alert(disorder: int) -> None:
    happenings, rng = shop(1), random.Random(2)
    arriving = sorted(happenings, key=lambda happening: happening.ts + rng.randrange(disorder + 1))
    engine, alerts, latest = AlertEngine(MODEL), [], 0
    engine.grow(60)
    for at in range(0, len(arriving), 37):
        add(engine, arriving[at : at + 37])
        latest = max(latest, *(happening.ts for happening in arriving[at : at + 37]))
        alerts += engine.advance(latest - HOUR).alerts
    alerts += engine.advance(latest + 60 * DAY).alerts
    assert plain(sorted(alerts)) == simulated(happenings, latest + 60 * DAY, {})
    kinds = [alert.kind for alert in alerts]
    assert kinds.count(RAISED) >= 20
    assert kinds.count(RECOVERED) >= 1


def test_once_an_episode_with_words() -> None:
    engine = AlertEngine(MODEL)
    add(engine, [Happening(0, START + day * DAY, 1_000) for day in range(0, 40, 4)])
    assert engine.advance(START + 37 * DAY).alerts == []
    (raised,) = engine.advance(START + 120 * DAY).alerts
    assert engine.advance(START + 200 * DAY).alerts == []
    assert raised.reason.startswith("silent ")
    assert raised.reason.endswith("usually active every 4 days")
    assert raised.score >= MODEL.raise_from > raised.previous_score
    assert raised.value == 10_000
    add(engine, [Happening(0, START + 201 * DAY, 5)])
    (recovered,) = engine.advance(START + 202 * DAY).alerts
    assert (recovered.kind, recovered.reason) == (RECOVERED, "back after 165 days of silence")
    assert recovered.previous_score == raised.score
    assert recovered.tick == (START + 201 * DAY) // HOUR + 1


def test_late_events_reopen_no_tick_but_count() -> None:
    engine = AlertEngine(MODEL)
    add(engine, [Happening(0, START + day * DAY, 10) for day in range(10)])
    (raised,) = engine.advance(START + 100 * DAY).alerts
    add(engine, [Happening(0, START + 20 * DAY, 7)])
    assert engine.advance(START + 100 * DAY + HOUR - 1).alerts == []
    assert engine.advance(START + 101 * DAY).alerts == []
    assert engine.columns["value"][0] == raised.value + 7


def test_who_is_hardly_known_is_not_alerted_about() -> None:
    engine = AlertEngine(MODEL)
    add(engine, [Happening(0, START, 1), Happening(0, START + DAY, 1)])
    decided = engine.advance(START + 400 * DAY)
    assert decided.alerts == []
    assert decided.risen.tolist() == [0]


def test_an_erased_customer_raises_nothing() -> None:
    engine = AlertEngine(MODEL)
    add(engine, [Happening(0, START + day * DAY, 10) for day in range(10)])
    engine.advance(START + 5 * DAY)
    engine.erase(longs([0]))
    assert engine.advance(START + 400 * DAY).alerts == []


@pytest.mark.parametrize("known", [True, False])
def test_who_is_sent_again_is_missed_from_then_on(known: bool) -> None:
    engine = AlertEngine(MODEL)
    engine.grow(1)
    if known:
        engine.profiles(longs([0]), np.array([4], np.uint8), longs([START]))
    add(engine, [Happening(0, START + day * DAY, 10) for day in range(10)])
    assert len(engine.advance(START + 100 * DAY).alerts) == 1
    engine.erase(longs([0]))
    assert engine.advance(START + 200 * DAY).alerts == []
    engine.back(longs([0]))
    engine.profiles(longs([0]), np.array([4], np.uint8), longs([START + 200 * DAY]))
    (again,) = engine.advance(START + 300 * DAY).alerts
    assert (again.kind, again.tick) == (RAISED, (START + 200 * DAY) // HOUR + 1)
    add(engine, [Happening(0, START + 301 * DAY, 5)])
    assert [alert.kind for alert in engine.advance(START + 302 * DAY).alerts] == [RECOVERED]


def test_a_segment_changes_at_its_time() -> None:
    engine = AlertEngine(MODEL)
    engine.grow(1)
    engine.profiles(longs([0]), np.array([4], np.uint8), longs([START + 50 * DAY]))
    engine.profiles(longs([0]), np.array([1], np.uint8), longs([START + 30 * DAY]))
    add(engine, [Happening(0, START + day * DAY, 10) for day in range(10)])
    engine.advance(START + 29 * DAY)
    assert engine.columns["segment"][0] == 4
    engine.advance(START + 31 * DAY)
    assert engine.columns["segment"][0] == 1


def test_many_events_of_an_hour_are_kept_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_processors.churn.pending.COMPACT_AT", 10)
    engine, single = AlertEngine(MODEL), AlertEngine(MODEL)
    happenings = [Happening(at % 3, START + at * 1_000, at) for at in range(200)]
    add(single, happenings)
    for at in range(0, 200, 7):
        add(engine, happenings[at : at + 7])
    assert engine.pending.nbytes < single.pending.nbytes
    for each in (engine, single):
        each.advance(START + 30 * DAY)
    for name in ("first", "last", "value", "active_days", "high_due"):
        assert engine.columns[name][:3].tolist() == single.columns[name][:3].tolist()


def test_the_id_says_who_when_and_what() -> None:
    ids = {alert_id(customer, tick, kind) for customer in (1, 2) for tick in (5, 6) for kind in (RAISED, RECOVERED)}
    assert len(ids) == 8
    assert alert_id(1, 5, RAISED) == alert_id(1, 5, RAISED)
    assert {len(each) for each in ids} == {32}
