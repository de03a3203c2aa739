"""Words of the command line as values, and what cannot be read."""

from fractions import Fraction

import pytest

from producers import options
from producers.plan import settle
from schemas.errors import UsageError

#: Numbers that Python works at for long, or makes none of.
LONG = ("9" * 5000, "0." + "9" * 5000, "1e999999999", "1e-999999999")


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


@pytest.mark.parametrize("text", ["fast", "-5/s", "0/s", "", "/s", "5/", "5/day", "1e3/s", "5k5/s", "nan", *LONG])
def test_what_is_no_rate_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=r"--rate has the value '") as caught:
        options.rate(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("3000", 3000), ("60k", 60_000), ("1.8M", 1_800_000)])
def test_counts(text: str, value: int) -> None:
    assert options.count("events", text) == value


@pytest.mark.parametrize("text", ["many", "-1", "1.5", "", "0.0001k", *LONG])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(UsageError, match="--events"):
        options.count("events", text)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("60s", 60_000), ("60", 60_000), ("5m", 300_000), ("395d", 34_128_000_000), ("250ms", 250), ("1.5h", 5_400_000)],
)
def test_spans(text: str, ms: int) -> None:
    assert options.span_ms(text) == ms


@pytest.mark.parametrize("text", ["0s", "long", "-5m", "5y", *LONG])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(UsageError, match="--duration"):
        options.span_ms(text)


@pytest.mark.parametrize(("text", "factor"), [("1000x", 1000), ("0.5", 0.5), ("1000000000x", 1e9)])
def test_speeds(text: str, factor: float) -> None:
    assert options.speed(text) == factor


@pytest.mark.parametrize("text", ["fast", "x", "0x", "-1x", "1000000001x", "1e3x", "1/2", *LONG])
def test_what_is_no_speed_is_refused_at_once(text: str) -> None:
    """Fraction('1e999999999') is a number of a thousand million digits: it took minutes before it was too large."""
    with pytest.raises(UsageError, match="--speed has the value"):
        options.speed(text)


@pytest.mark.parametrize("text", LONG)
def test_no_scale_or_mix_has_numbers_without_end(text: str) -> None:
    with pytest.raises(UsageError, match="--scale"):
        options.scale(text)
    with pytest.raises(UsageError, match="--mix"):
        options.mix(f"interactions={text}", {})


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
