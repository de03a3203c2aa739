"""Moments, as they are asked for and as the history has them; how far a verification says it is."""

import datetime as dt
import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from schemas.errors import UsageError
from stream_processors.recomputation import progress
from stream_processors.recomputation.command import parsed
from stream_processors.recomputation.customer import milliseconds, month_ends
from stream_processors.recomputation.render import sentence
from stream_processors.recomputation.verify import Difference, Judged


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31 12:00:00.5+02:00", "2026-01-31T10:00:00.500000+00:00"),
    ],
)
def test_a_moment_is_iso_and_utc_unless_it_says_otherwise(text: str, iso: str) -> None:
    assert parsed(text).isoformat() == iso


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30", "1969-12-31T23:59:59Z", "2200-01-01", "0001-01-01T00:00+14"]
)
def test_another_word_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="--as-of"):
        parsed(text)


def test_the_history_is_at_the_ends_of_months() -> None:
    ends = month_ends(dt.datetime(2024, 3, 1, 0, 0, 0, 5000, tzinfo=dt.UTC), 3)
    said = [dt.datetime(2024, month, day, 23, 59, 59, 999000, dt.UTC) for month, day in ((1, 31), (2, 29))]
    assert ends[1:] == [milliseconds(moment) for moment in said]
    assert month_ends(said[0], 0) == []


def test_progress_is_plain_lines_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 1.0, 4.0, 5.0, 10.0])
    clock = SimpleNamespace(monotonic=lambda: next(times))
    monkeypatch.setattr("stream_processors.recomputation.progress.time", clock)
    out = io.StringIO()
    with progress.Shown(Console(file=out, soft_wrap=True), 4_000, quiet=False) as shown:
        shown.add(500)
        shown.add(500)
        shown.again(1)
        shown.add(3_000)
    assert out.getvalue().splitlines() == [
        "customers: 1,000 of 4,000, 250/s, 12 s left",
        "customers: 4,000 of 4,000, 400/s, 0 s left",
    ]


def test_more_differences_than_are_told_are_counted() -> None:
    said = sentence(Judged(50_000, 2, 12, 3, 4, (Difference(7, "last_purchase", None, "2026-01-01"),)), 3.0)
    assert said.splitlines() == [
        "50,000 customers compared in 3.0 s, 2 erased ones left out",
        "mismatches: 12 (of 3 customers)",
        "customer  field          stored  recomputed",
        "       7  last_purchase  -       2026-01-01",
        "and 11 more",
        "not verified: 4 customers, whose rows are behind their events; run again when 'c360 status' shows no lag",
    ]
