"""The report about products that the same customers buy within a few days of each other."""

import datetime as dt

import polars as pl

from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.measures import month, ordinal, percent, ratio


def basket_analysis(facts: Facts, params: Params) -> pl.DataFrame:
    age = ordinal(pl.lit(params["as_of"].date())) - ordinal(month("ts"))
    bought = facts.bought.with_columns((age < params["months"]).alias("inside"))
    recent = bought.filter("inside")
    buyers = recent.group_by("product_id").agg(pl.col("customer_id").n_unique().alias("buyers"))
    goods = facts.products.select("product_id", "name").join(buyers, "product_id", how="left")
    everyone = recent["customer_id"].n_unique()
    a, b = (goods.rename(lambda name, end=end: f"{name}_{end}") for end in "ab")  # type: ignore[misc]  # a default
    customers, others = pl.col("customers"), pl.min_horizontal("buyers_a", "buyers_b")
    by_chance = pl.col("buyers_a").cast(pl.Int64) * pl.col("buyers_b")
    return (
        _together(bought, params["window_days"], params["max_before"])
        .group_by("product_id_a", "product_id_b")
        .agg(pl.len().cast(pl.Int64).alias("customers"))
        .filter(customers >= params["min_customers"])
        .join(a, "product_id_a")
        .join(b, "product_id_b")
        .sort(-customers, "product_id_a", "product_id_b")
        .head(params["limit"])
        .select(
            pl.col("product_id_a").alias("product_a"),
            "name_a",
            pl.col("product_id_b").alias("product_b"),
            "name_b",
            "customers",
            percent(customers, others).alias("confidence"),
            ratio(customers * everyone, by_chance).alias("lift"),
        )
    )


def _together(bought: pl.DataFrame, window_days: int, max_before: int) -> pl.DataFrame:
    """Each customer once for each pair bought within the window, the later purchase inside."""
    place = pl.int_range(pl.len()).over("customer_id").alias("place")
    ordered = bought.sort("ts", "transaction_id").with_columns(place)
    kept = ordered.select("customer_id", "product_id", "ts", "place", "inside")
    later, earlier = (kept.rename({name: f"{name}_{end}" for name in kept.columns[1:]}) for end in ("later", "earlier"))
    before = pl.col("place_later") - pl.col("place_earlier")
    close = pl.col("ts_later") - pl.col("ts_earlier") <= dt.timedelta(days=window_days)
    pairs = later.filter("inside_later").join(earlier, "customer_id").filter(before.is_between(1, max_before), close)
    ends = pl.col("product_id_later"), pl.col("product_id_earlier")
    return (
        pairs.filter(ends[0] != ends[1])
        .select(
            "customer_id",
            pl.min_horizontal(*ends).alias("product_id_a"),
            pl.max_horizontal(*ends).alias("product_id_b"),
        )
        .unique()
    )
