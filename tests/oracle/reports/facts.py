"""What is known at a moment: people and goods as they are now, and each event once, from records as they were sent."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

Params = dict[str, Any]
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Facts:
    """Frames with the fields of the Avro records; money is in whole cents (`cents`), times are UTC milliseconds.

    `customers` and `products` hold those that are not deleted; events may be about others too.
    """

    customers: pl.DataFrame
    products: pl.DataFrame
    transactions: pl.DataFrame
    interactions: pl.DataFrame

    @property
    def newest(self) -> dt.datetime:
        """The time of the newest event, the beginning of 1970 where there is none."""
        times = pl.concat([self.transactions["ts"], self.interactions["ts"]]).max()
        return times if isinstance(times, dt.datetime) else EPOCH

    @property
    def bought(self) -> pl.DataFrame:
        """Purchases: what counts in counts."""
        return self.transactions.filter(pl.col("status") == "completed")

    @property
    def booked(self) -> pl.DataFrame:
        """Purchases and refunds: what counts in money."""
        return self.transactions.filter(pl.col("status").is_in(["completed", "refunded"]))

    def until(self, as_of: dt.datetime) -> "Facts":
        """The same without later events."""
        past = pl.col("ts") <= as_of
        return replace(self, transactions=self.transactions.filter(past), interactions=self.interactions.filter(past))

    def since(self, as_of: dt.datetime, days: int) -> "Facts":
        """The same without events that were `days` days old, or older, at a moment."""
        oldest = as_of - dt.timedelta(days=days)
        recent = pl.col("ts") > oldest
        return replace(
            self, transactions=self.transactions.filter(recent), interactions=self.interactions.filter(recent)
        )


def facts(
    customers: pl.DataFrame, products: pl.DataFrame, transactions: pl.DataFrame, interactions: pl.DataFrame
) -> Facts:
    """The facts in records as they were sent: repeated, in any order, with every version that there was."""
    return Facts(
        _newest_version(customers, "customer_id"),
        _newest_version(products, "product_id"),
        transactions.unique("transaction_id"),
        interactions.unique("interaction_id"),
    )


def _newest_version(records: pl.DataFrame, key: str) -> pl.DataFrame:
    newest = records.filter(pl.col("version") == pl.col("version").max().over(key)).unique(key)
    return newest.filter(~pl.col("deleted")).drop("version", "deleted").sort(key)
