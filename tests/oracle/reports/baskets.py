"""The report about products that the same customers buy within a few days of each other."""

import datetime as dt

import polars as pl

from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.measures import percent, ratio


def basket_analysis(facts: Facts, params: Params) -> pl.DataFrame:
    bought = facts.since(params["as_of"], params["lookback_days"]).bought
    sold = bought.join(facts.products.select("product_id", "name"), "product_id")
    popular = (
        sold.group_by("product_id", "name")
        .agg(pl.len().alias("purchases"), pl.col("customer_id").n_unique().alias("buyers"))
        .sort(-pl.col("purchases").cast(pl.Int64), "product_id")
        .head(params["top_products"])
        .select("product_id", "name", "buyers")
    )
    everyone = bought["customer_id"].n_unique()
    a, b = (popular.rename(lambda name, end=end: f"{name}_{end}") for end in "ab")  # type: ignore[misc]  # a default
    both = _together(_latest(bought.join(popular, "product_id", how="semi"), params), params["window_days"])
    customers, others = pl.col("customers"), pl.min_horizontal("buyers_a", "buyers_b")
    by_chance = pl.col("buyers_a").cast(pl.Int64) * pl.col("buyers_b")
    return (
        both.group_by("product_id_a", "product_id_b")
        .agg(pl.len().cast(pl.Int64).alias("customers"))
        .filter(customers >= params["min_customers"])
        .sort(-customers, "product_id_a", "product_id_b")
        .head(params["limit"])
        .join(a, "product_id_a", maintain_order="left")
        .join(b, "product_id_b", maintain_order="left")
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


def _latest(bought: pl.DataFrame, params: Params) -> pl.DataFrame:
    """The last few purchases of each customer."""
    ordered = bought.sort("ts", "transaction_id", descending=True)
    place = pl.int_range(pl.len()).over("customer_id")
    return ordered.filter(place < params["max_purchases"]).select("customer_id", "product_id", "ts")


def _together(bought: pl.DataFrame, window_days: int) -> pl.DataFrame:
    """Each customer once for each pair of products bought by him within the window."""
    apart = (pl.col("ts_a") - pl.col("ts_b")).abs()
    a, b = (bought.rename({"product_id": f"product_id_{end}", "ts": f"ts_{end}"}) for end in "ab")
    pairs = a.join(b, "customer_id").filter(
        pl.col("product_id_a") < pl.col("product_id_b"), apart <= dt.timedelta(days=window_days)
    )
    return pairs.select("customer_id", "product_id_a", "product_id_b").unique()
