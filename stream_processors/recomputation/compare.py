"""Stored features beside recomputed ones: whole numbers, money and times exact, floats to 1e-9."""

from collections.abc import Iterator

import polars as pl

from schemas.errors import ContractError
from stream_processors.churn.model import ChurnModel

TOLERANCE = 1e-9
#: Columns that say which row it is, not what it says.
NOT_COMPARED = ("customer_id", "input_records")
#: The field that is said to differ where one side has no row.
ROW = "row"
SCHEMA = {"customer_id": pl.UInt32, "field": pl.String, "stored": pl.String, "recomputed": pl.String}


def differences(stored: pl.DataFrame, recomputed: pl.DataFrame, model: ChurnModel) -> pl.DataFrame:
    """A row for each value that differs: customer_id, field, stored, recomputed (as text).

    `stored` has the columns of customer_features; `recomputed` has the same without input_records.

    Raises:
        ContractError: a column is missing on one side.
    """
    fields = [name for name in stored.columns if name not in NOT_COMPARED]
    if other := set(fields) ^ {name for name in recomputed.columns if name not in NOT_COMPARED}:
        raise ContractError(
            f"customer_features has other columns than this version ({', '.join(sorted(other))}): "
            "'python -m sinks' brings tables up to date."
        )
    both = stored.join(recomputed, on="customer_id", how="inner", suffix="_recomputed")
    parts = [_differing(both, name, model) for name in fields]
    parts += _alone(stored, recomputed)
    return pl.concat(parts)


def _differing(both: pl.DataFrame, name: str, model: ChurnModel) -> pl.DataFrame:
    mine, other = pl.col(name), pl.col(f"{name}_recomputed")
    if both.schema[name].is_float():
        close = (mine - other).abs() <= TOLERANCE * pl.max_horizontal(pl.lit(1.0), mine.abs())
        wrong = ~close | mine.is_nan() | other.is_nan()
    else:
        wrong = mine.ne_missing(other)
    if name == "churn_band":
        thresholds = (model.medium_from, model.raise_from)
        wrong &= ~pl.any_horizontal((pl.col("churn_score") - threshold).abs() <= TOLERANCE for threshold in thresholds)
    return both.filter(wrong).select(
        pl.col("customer_id").cast(pl.UInt32),
        pl.lit(name).alias("field"),
        mine.cast(pl.String).alias("stored"),
        other.cast(pl.String).alias("recomputed"),
    )


def _alone(stored: pl.DataFrame, recomputed: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows that the other side has not."""
    for some, others, words in (
        (stored, recomputed, ("there", "no event")),
        (recomputed, stored, ("none", "has events")),
    ):
        alone = some.join(others, on="customer_id", how="anti")
        yield alone.select(
            pl.col("customer_id").cast(pl.UInt32),
            pl.lit(ROW).alias("field"),
            pl.lit(words[0]).alias("stored"),
            pl.lit(words[1]).alias("recomputed"),
        )
