"""The oracle itself: its rounding, its choice of versions, and that its comparison sees what is wrong."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.compare import differences
from tests.oracle.reports.facts import Facts, facts
from tests.oracle.reports.measures import mean_money, month

NOON = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
EVENTS = {
    "customer_id": [1, 1], "product_id": [1, 1], "cents": [5, 5], "quantity": [1, 1], "status": ["completed"] * 2,
    "type": ["view"] * 2, "duration_seconds": [1, 1], "ts": [NOON, NOON],
}  # fmt: skip


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**7))
def test_means_of_money_are_rounded_commercially(cents: int, count: int) -> None:
    mean = pl.DataFrame({"cents": [cents], "count": [count]}).select(mean_money("cents", "count")).item()
    assert mean == (Decimal(cents) / 100 / count).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_nothing_for_nobody_is_nothing() -> None:
    assert pl.DataFrame({"cents": [0], "count": [0]}).select(mean_money("cents", "count")).item() == 0


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_months_begin_on_their_first_day(moment: dt.datetime) -> None:
    frame = pl.DataFrame({"ts": [moment]}, schema={"ts": pl.Datetime("ms", "UTC")})
    assert frame.select(month("ts")).item() == moment.date().replace(day=1)


def _facts(versions: list[tuple[int, str, bool]]) -> Facts:
    rows = [
        {"customer_id": 1, "segment": segment, "version": number, "deleted": gone} for number, segment, gone in versions
    ]
    products = pl.DataFrame({"product_id": [1], "version": [1], "deleted": [False]})
    events = pl.DataFrame(EVENTS)
    ids = pl.Series("id", [7, 7])
    return facts(
        pl.DataFrame(rows),
        products,
        events.with_columns(ids.alias("transaction_id")),
        events.with_columns(ids.alias("interaction_id")),
    )


@given(st.permutations([(1, "VIP", False), (2, "Basic", False), (2, "Basic", False), (0, "New", True)]))
def test_the_highest_version_wins_and_an_event_is_there_once(versions: list[tuple[int, str, bool]]) -> None:
    known = _facts(versions)
    assert known.customers["segment"].to_list() == ["Basic"]
    assert (len(known.transactions), len(known.interactions), known.newest) == (1, 1, NOON)


def test_the_deleted_are_gone_and_what_is_later_is_not_there_yet() -> None:
    known = _facts([(1, "VIP", False), (2, "VIP", True)])
    assert known.customers.is_empty()
    assert known.until(NOON).transactions.height == 1
    assert known.until(NOON - dt.timedelta(milliseconds=1)).transactions.is_empty()
    assert known.since(NOON, 0).transactions.is_empty()


EXPECTED = pl.DataFrame({"n": [1, 2], "money": [Decimal("1.10"), Decimal("2.20")], "share": [100 / 3, 12.345]})
RIGHT = [(1, Decimal("1.10"), 33.33), (2, Decimal("2.20"), 12.34)]


@pytest.mark.parametrize(
    "rows",
    [
        RIGHT[::-1],
        RIGHT[:1],
        [*RIGHT, RIGHT[1]],
        [(1, Decimal("1.11"), 33.33), RIGHT[1]],
        [(1, Decimal("1.10"), 33.34), RIGHT[1]],
        [(1, Decimal("1.10"), 33.333), RIGHT[1]],
        [(1, Decimal("1.10"), None), RIGHT[1]],
    ],
    ids=["order", "missing", "more", "a cent", "a hundredth", "not rounded", "null"],
)
def test_the_comparison_sees_what_is_wrong(rows: list[tuple[object, ...]]) -> None:
    assert differences(["n", "money", "share"], RIGHT, EXPECTED) == []
    assert differences(["n", "money", "share"], rows, EXPECTED)
    assert differences(["n", "money", "part"], RIGHT, EXPECTED)
