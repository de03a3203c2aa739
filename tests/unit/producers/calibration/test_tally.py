"""Tallies add up: in any pieces, merged in any order, they are what one tally of everything is."""

import random
from dataclasses import fields
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.calibration.tally import NO_TIME, Counts, Span, Tally
from producers.world.events import CANCELLED, COMPLETED
from tests.unit.producers.worlds import ALL, DAY_MS, EPOCH_MS, plan, together, world

EVENTS = 40_000
SPAN = Span(EPOCH_MS, EPOCH_MS + 395 * DAY_MS)


def counted(first: int, last: int, batch: int = 8192) -> Tally:
    """The tally of some events of the history."""
    tally, events = Tally(world(), SPAN), plan(EVENTS, history=True).drawn(world())
    for begin in range(first, last, batch):
        tally.add(events.parts(begin, min(begin + batch, last), ALL))
    return tally


@cache
def whole() -> Tally:
    """The tally of all of them."""
    return counted(0, EVENTS)


def assert_same(one: Tally, other: Tally) -> None:
    """They have counted the same."""
    for name in (field.name for field in fields(Counts)):
        assert np.array_equal(getattr(one.counts, name), getattr(other.counts, name)), name
    assert np.array_equal(one.bought(), other.bought())


@settings(max_examples=8, deadline=None)
@given(st.sets(st.integers(1, EVENTS - 1), max_size=4), st.integers(1000, 65_536), st.randoms(use_true_random=False))
def test_pieces_merged_in_any_order_are_the_whole(cuts: set[int], batch: int, shuffle: random.Random) -> None:
    ends = [0, *sorted(cuts), EVENTS]
    pieces = [counted(first, last, batch) for first, last in pairwise(ends)]
    shuffle.shuffle(pieces)
    first, *others = pieces
    for other in others:
        first.merge(other)
    assert_same(first, whole())


def test_counts_are_those_of_the_events() -> None:
    sales = together(plan(EVENTS, history=True), "transactions")
    status, amount = sales.columns["status"], sales.columns["amount"]
    counts = whole().counts
    for customer in (int(sales.customer[0]), int(np.argmax(counts.value))):
        own = sales.customer == customer
        bought = own & (status == COMPLETED)
        assert counts.value[customer] == amount[own & (status != CANCELLED)].sum()
        assert counts.transactions[customer] == own.sum()
        assert counts.purchases[customer] == bought.sum()
        assert counts.latest[customer] == sales.ts[bought].max(initial=NO_TIME)
    kept = amount[status != CANCELLED].sum()
    assert counts.value.sum() == counts.by_month.sum() == counts.by_category.sum() == counts.by_brand.sum() == kept
    assert counts.hours.sum() == counts.weekdays.sum() == EVENTS


def test_tallies_of_different_histories_are_not_merged() -> None:
    with pytest.raises(ValueError, match="different histories"):
        counted(0, 100).merge(Tally(world(), Span(SPAN.start, SPAN.end + 1)))


def test_months_of_a_span() -> None:
    span = Span(EPOCH_MS + DAY_MS, EPOCH_MS + 62 * DAY_MS)
    assert ((span.months - EPOCH_MS) // DAY_MS).tolist() == [0, 31, 61, 92]
    assert span.full().tolist() == [False, True, False]
    assert Span(EPOCH_MS, EPOCH_MS + 31 * DAY_MS).full().tolist() == [True]
