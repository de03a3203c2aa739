"""What counts as a difference, and who is waiting rather than wrong."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from schemas.errors import ContractError
from stream_processors.recomputation.compare import SCHEMA, differences
from stream_processors.recomputation.verify import TOLD, Judged, Look, Verification, judge, total
from tests.unit.stream_processors.models import quick_model

MODEL = quick_model()
ROW = {
    "customer_id": 7,
    "as_of": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    "last_purchase": None,
    "orders": 3,
    "spend_7d": Decimal("12.34"),
    "churn_score": 0.3,
    "churn_band": "medium",
}
KINDS = {"last_purchase": pl.Datetime("ms", "UTC"), "spend_7d": pl.Decimal(18, 2)}


def frame(*rows: dict[str, Any], **more: Any) -> pl.DataFrame:
    return pl.DataFrame([{**row, **more} for row in rows], schema_overrides=KINDS)


def found(stored: dict[str, Any], recomputed: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    rows = differences(frame(stored, input_records=5), frame(recomputed), MODEL)
    assert dict(rows.schema) == SCHEMA
    return [row[1:] for row in rows.iter_rows()]


@pytest.mark.parametrize(
    ("field", "value", "texts"),
    [
        ("orders", 4, ("3", "4")),
        ("spend_7d", Decimal("12.35"), ("12.34", "12.35")),
        ("churn_score", 0.300000002, ("0.3", "0.300000002")),
        ("churn_score", float("nan"), ("0.3", "NaN")),
        ("churn_band", "high", ("medium", "high")),
        ("last_purchase", dt.datetime(2025, 1, 1, tzinfo=dt.UTC), (None, "2025-01-01 00:00:00.000+00:00")),
    ],
)
def test_another_value_is_a_difference(field: str, value: Any, texts: tuple[str | None, str]) -> None:
    assert found(ROW, {**ROW, field: value}) == [(field, *texts)]


def test_the_same_is_none_and_floats_may_be_off_by_a_billionth() -> None:
    assert found(ROW, ROW) == []
    assert found(ROW, {**ROW, "churn_score": 0.3 + 9e-10}) == []
    assert found({**ROW, "churn_score": 1e6}, {**ROW, "churn_score": 1e6 + 9e-4}) == []
    assert found({**ROW, "churn_score": float("nan")}, {**ROW, "churn_score": float("nan")}) != []


def test_a_band_may_differ_where_the_score_lies_on_its_threshold() -> None:
    on = {**ROW, "churn_score": MODEL.raise_from - 1e-10}
    assert found(on, {**on, "churn_band": "high"}) == []


def test_a_table_of_another_version_is_said() -> None:
    with pytest.raises(ContractError, match=r"other columns than this version \(orders\)"):
        differences(frame(ROW, input_records=5).drop("orders"), frame(ROW), MODEL)


def look(wrong: list[int], behind: list[int], versions: list[int | None]) -> Look:
    differing = pl.DataFrame(
        [(ident, name, "1", "2") for ident in wrong for name in ("orders", "views")], schema=SCHEMA, orient="row"
    )
    states = pl.DataFrame(
        {
            "customer_id": pl.Series(wrong, dtype=pl.UInt32),
            "input_records": pl.Series(versions, dtype=pl.UInt64),
            "behind": [ident in behind for ident in wrong],
        },
        schema={"customer_id": pl.UInt32, "input_records": pl.UInt64, "behind": pl.Boolean},
    )
    return Look(100, 1, differing, states)


def test_who_has_newer_events_than_the_row_waits() -> None:
    judged = judge(look([1, 2, 3], [2], [10, 10, None]), None)
    assert (judged.mismatches, judged.wrong, judged.waiting) == (4, 2, 1)
    assert [one.customer_id for one in judged.first] == [1, 1, 3, 3]


def test_a_later_look_judges_only_rows_that_are_still_the_same() -> None:
    """2 has another row by now, 4 differed for the first time, 3 has none still."""
    before = look([1, 2, 3], [], [10, 10, None]).states
    judged = judge(look([1, 2, 3, 4], [1], [10, 11, None, 10]), before)
    assert (judged.mismatches, judged.waiting) == (2, 3)
    assert {one.customer_id for one in judged.first} == {3}


class Slow:
    """A slice of which so many customers differ at each look, whose rows are behind until they are right."""

    def __init__(self, *differ: list[int]) -> None:
        self._differ = list(differ)
        self.told: list[int] = []

    def ask(self, *_: Any) -> pl.DataFrame:
        """The one slice there is."""
        return pl.DataFrame({"first": [1], "last": [100], "customers": [100]})

    def look(self, _: Any) -> Look:
        differ = self._differ.pop(0) if len(self._differ) > 1 else self._differ[0]
        return look(differ, differ, [10] * len(differ))

    def add(self, customers: int) -> None:
        """All of them, at once."""

    def again(self, customers: int) -> None:
        self.told.append(customers)


def run(slow: Slow, monkeypatch: pytest.MonkeyPatch, wait: float) -> tuple[Judged, float]:
    """What a verification finds, and how many seconds it has waited."""
    now = [0.0]
    monkeypatch.setattr("stream_processors.recomputation.verify.time", SimpleNamespace(monotonic=lambda: now[0]))
    verification = Verification(slow.ask, MODEL)
    monkeypatch.setattr(verification, "look", slow.look)

    def pause(seconds: float) -> None:
        now[0] += seconds

    return verification.run(wait, slow, pause), now[0]


def test_rows_behind_their_events_are_waited_for_as_long_as_they_get_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(*(list(range(1, left)) for left in range(20, 0, -1)))
    judged, waited = run(slow, monkeypatch, wait=3.0)
    assert (judged.verified, waited, slow.told) == (True, 19.0, list(range(19, 0, -1)))


def test_who_is_never_counted_is_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    judged, waited = run(Slow([1, 2, 3], [2, 3]), monkeypatch, wait=3.0)
    assert (judged.mismatches, judged.waiting, judged.verified, waited) == (0, 2, False, 4.0)


def test_who_was_right_once_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that brings late events all the time makes others differ at every look."""
    judged, waited = run(Slow([1, 2], [3, 4], [1, 2]), monkeypatch, wait=3.0)
    assert (judged.verified, waited) == (True, 1.0)


def test_all_slices_together_tell_the_first_few() -> None:
    one = judge(look(list(range(8)), [], [1] * 8), None)
    assert one.mismatches == 16
    both = total([one, one])
    assert (both.customers, both.erased, both.mismatches, both.wrong, len(both.first)) == (200, 2, 32, 16, TOLD)
    assert total([]) == Judged()
