"""What counts as a difference, and who is waiting rather than wrong."""

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from schemas.errors import ContractError
from stream_processors.recomputation.compare import SCHEMA, differences
from stream_processors.recomputation.verify import TOLD, Judged, Look, judge, total
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


def test_all_slices_together_tell_the_first_few() -> None:
    one = judge(look(list(range(8)), [], [1] * 8), None)
    assert one.mismatches == 16
    both = total([one, one])
    assert (both.customers, both.erased, both.mismatches, both.wrong, len(both.first)) == (200, 2, 32, 16, TOLD)
    assert total([]) == Judged()
