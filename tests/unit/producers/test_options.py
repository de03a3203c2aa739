"""Words of the command line as values, and what cannot be read."""

from fractions import Fraction

import pytest

from producers import options
from producers.plan import settle
from schemas.errors import UsageError


@pytest.mark.parametrize(
    ("text", "per_second"),
    [
        ("50000/s", 50_000),
        ("50k/s", 50_000),
        ("50000", 50_000),
        ("3M/min", 50_000),
        ("1.5k/s", 1500),
        ("1/min", Fraction(1, 60)),
    ],
)
def test_rates(text: str, per_second: int | Fraction) -> None:
    assert options.rate(text) == per_second


def test_max_is_no_rate() -> None:
    assert options.rate("max") is None


@pytest.mark.parametrize("text", ["fast", "-5/s", "0/s", "", "/s", "5/", "5/day", "1e3/s", "5k5/s", "nan"])
def test_what_is_no_rate_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=r"--rate has the value '") as caught:
        options.rate(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("3000", 3000), ("60k", 60_000), ("1.8M", 1_800_000)])
def test_counts(text: str, value: int) -> None:
    assert options.count("events", text) == value


@pytest.mark.parametrize("text", ["many", "-1", "1.5", "", "0.0001k"])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(UsageError, match="--events"):
        options.count("events", text)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("60s", 60_000), ("60", 60_000), ("5m", 300_000), ("395d", 34_128_000_000), ("250ms", 250), ("1.5h", 5_400_000)],
)
def test_spans(text: str, ms: int) -> None:
    assert options.span_ms(text) == ms


@pytest.mark.parametrize("text", ["0s", "long", "-5m", "5y"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(UsageError, match="--duration"):
        options.span_ms(text)


def test_moments() -> None:
    assert options.moment_ms("2025-10-01T00:00:00Z") == 1_759_276_800_000
    assert options.moment_ms("2025-10-01") == options.moment_ms("2025-10-01T02:00:00+02:00")
    with pytest.raises(UsageError, match="--start"):
        options.moment_ms("yesterday")


def test_streams_and_mix() -> None:
    assert options.streams(None) == set(options.STREAMS)
    assert options.streams("transactions, products") == {"transactions", "products"}
    with pytest.raises(UsageError, match="'orders'"):
        options.streams("transactions,orders")
    default = {"interactions": 75, "transactions": 24, "customers": 1}
    assert options.mix(None, default) == default
    assert options.mix("transactions=1", default) == {"interactions": 0, "transactions": 1, "customers": 0}
    for wrong in ("transactions", "orders=1", "transactions=-1", "transactions=0"):
        with pytest.raises(UsageError, match="--mix"):
            options.mix(wrong, default)


def test_rate_duration_and_events_settle_each_other() -> None:
    everything = frozenset(options.STREAMS)
    pace = Fraction(1000)
    assert settle(pace, 5000, None, everything) == (5000, None, None)
    assert settle(pace, None, 70, everything) == (70, None, None)
    assert settle(None, 5000, 70, everything) == (70, 5000, None)
    assert settle(None, 5000, None, everything) == (None, None, 5.0)
    assert settle(pace, None, None, everything) == (None, None, None)
    assert settle(pace, None, None, frozenset({"customers", "products"})) == (0, None, None)


@pytest.mark.parametrize("text", ["-1", "0", "nan", "inf", "1e9", "10000000", "0.0000000001", "1/2", ""])
def test_a_scale_that_cannot_be_taken_is_named_with_what_may_be_given(text: str) -> None:
    with pytest.raises(UsageError, match="a number above 0 without an exponent, with at most 6 digits") as caught:
        options.scale(text)
    assert f"--scale has the value {text!r}" in str(caught.value)
