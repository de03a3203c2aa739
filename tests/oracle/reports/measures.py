"""Money, means, shares and months: exact where the answer is exact."""

import polars as pl

MONEY = pl.Decimal(38, 2)


def money(cents: str) -> pl.Expr:
    """A column of whole cents as USD."""
    return pl.col(cents).cast(MONEY) / 100


def mean_money(cents: str, count: str) -> pl.Expr:
    """USD each, to the cent; half a cent goes away from zero, as in commercial rounding. Nothing over nothing is 0."""
    total, number = pl.col(cents), pl.col(count).cast(pl.Int64)
    each = (2 * total.abs() + number) // (2 * number)
    return pl.when(number == 0).then(0).otherwise(total.sign() * each).cast(MONEY) / 100


def ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """One over the other, not rounded; 0 where there is nothing to divide by."""
    return pl.when(whole == 0).then(0.0).otherwise(part.cast(pl.Float64) / whole)


def percent(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """A share, not rounded; 0 of nothing is 0."""
    return 100 * ratio(part, whole)


def month(column: str) -> pl.Expr:
    """The first day of a time's or day's month, in UTC."""
    return pl.col(column).dt.date().dt.month_start() if column == "ts" else pl.col(column).dt.month_start()


def ordinal(day: pl.Expr) -> pl.Expr:
    """Months since the year 0, to count between months."""
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month()


def worth(events: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Purchases and refunds by keys: `cents` of both, `paid` (cents of purchases alone), purchases, buyers, units."""
    completed = pl.col("status") == "completed"
    return events.group_by(keys).agg(
        cents=pl.col("cents").sum(),
        paid=pl.col("cents").filter(completed).sum(),
        purchases=completed.sum().cast(pl.Int64),
        refunds=(~completed).sum().cast(pl.Int64),
        buyers=pl.col("customer_id").filter(completed).n_unique().cast(pl.Int64),
        units=pl.col("quantity").filter(completed).sum(),
    )
