"""Text to exact values, against Python's own decimal and zoneinfo."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producers.replay import values
from producers.replay.mapping import Feed

ROUNDING = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP}
AMOUNTS = st.decimals(-9_999_999_999, 9_999_999_999, allow_nan=False, allow_infinity=False)


def feed(**more: object) -> Feed:
    return Feed.model_construct(None, **{"stream": "customers", **more})  # type: ignore[arg-type]  # what pydantic takes


def parsed(
    texts: list[str | None], rounding: str = "reject", **more: object
) -> tuple[list[int | None], dict[int, str]]:
    plain = pl.DataFrame({"x": texts}, schema={"x": pl.String}).select(values.plain(pl.col("x"), feed(**more)))["x"]
    found, bad = values.scaled(plain, 2, rounding)
    return found.to_list(), bad


@given(st.lists(AMOUNTS, min_size=1), st.sampled_from(sorted(ROUNDING)))
@example([Decimal("0.005"), Decimal("-0.015"), Decimal("1E-9"), Decimal("2.675")], "half-even")
def test_amounts_are_rounded_as_decimal_rounds(amounts: list[Decimal], rounding: str) -> None:
    found, bad = parsed([str(amount) for amount in amounts], rounding)
    assert not bad
    assert found == [int((amount * 100).to_integral_value(ROUNDING[rounding])) for amount in amounts]


@given(st.lists(st.decimals(-9_999_999_999, 9_999_999_999, places=2), min_size=1))
def test_cents_written_the_german_way_come_back(amounts: list[Decimal]) -> None:
    texts = [f"{amount:,.2f} €".translate(str.maketrans(",.", ".,")) for amount in amounts]
    found, bad = parsed([*texts], decimal=",", thousands=".", currency=("€",))
    assert (found, bad) == ([int(amount * 100) for amount in amounts], {})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abc", "is no number"),
        ("1.2.3", "is no number"),
        ("1,50", "is no number"),
        ("12345678901", "more than 10 digits"),
        ("1e30", "more than 10 digits"),
        ("0.005", "too many decimals"),
        ("NaN", "is no number"),
        ("١٢", "is no number"),
    ],
)
def test_what_is_no_amount_says_why(text: str, reason: str) -> None:
    found, bad = parsed([text, "1.50"])
    assert found == [None, 150]
    assert reason in bad[0]


def test_null_stays_null() -> None:
    assert parsed([None, "1"]) == ([None, 100], {})


def test_price_times_quantity_is_rounded_once() -> None:
    prices, _ = values.scaled(pl.Series(["0.335", "0.33", None, "9999999999"]), values.PRICE_SCALE, "reject")
    found, bad = values.times_quantity(prices, pl.Series([3, 2, 1, 1_000_000]), "half-even")
    assert found.to_list() == [100, 66, None, None]  # 1.005 to the even cent
    assert "more than 10 digits" in bad[3]
    assert "no rounding" in values.times_quantity(prices, pl.Series([3, 2, 1, 1]), "reject")[1][0]


MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1))  # noqa: DTZ001 - local times
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])


@given(MOMENTS, ZONES, st.sampled_from(["T", " "]))
@example(datetime(2024, 10, 27, 2, 30), "Europe/Berlin", "T")  # noqa: DTZ001 - comes twice
def test_local_times_are_what_zoneinfo_says(moment: datetime, zone: str, between: str) -> None:
    """One that comes twice is the first of both; one in a gap is none."""
    found, gap = values.moments(pl.Series([moment.isoformat(between)]), feed(time_zone=zone))
    aware = moment.replace(tzinfo=ZoneInfo(zone))
    exists = aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment
    assert gap.to_list() == [not exists]
    assert found.to_list() == [(aware - EPOCH) // timedelta(milliseconds=1) if exists else None]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_an_offset_wins_over_the_zone(moment: datetime, minutes: int) -> None:
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{moment.isoformat(timespec='milliseconds')}{sign}{size // 60:02}:{size % 60:02}"
    found, _ = values.moments(pl.Series([text]), feed(time_zone="Europe/Berlin"))
    assert found.to_list() == [(datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)]


def test_an_offset_of_a_form_wins_over_the_zone() -> None:
    given = feed(time_zone="Europe/Berlin", times=("%d.%m.%Y %H:%M %z",))
    found, gap = values.moments(pl.Series(["01.07.2024 12:00 +0300", None]), given)
    assert found.to_list() == [(datetime(2024, 7, 1, 9, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1), None]
    assert gap.to_list() == [False, False]


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("1700000000", "epoch_s", 1_700_000_000_000),
        ("1700000000123", "epoch_ms", 1_700_000_000_123),
        ("1700000000123.0", "epoch_ms", 1_700_000_000_123),
        ("01.12.2010 08:26", "%d.%m.%Y %H:%M", 1_291_191_960_000),
        ("12/31/2010", "%m/%d/%Y", 1_293_753_600_000),
        ("2010-12-31T00:00Z", "iso", 1_293_753_600_000),
        ("31.02.2011 08:34", "%d.%m.%Y %H:%M", None),
        ("soon", "iso", None),
    ],
)
def test_forms_of_times(text: str, form: str, expected: int | None) -> None:
    found, _ = values.moments(pl.Series([text]), feed(times=(form,)))
    assert found.to_list() == [expected]
