"""The report about categories that valuable customers have never bought from."""

import polars as pl

from tests.oracle.reports.customers import with_worth
from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.measures import MONEY, mean_money, money, ratio, worth


def high_value_categories(facts: Facts) -> list[str]:
    """The two categories where a purchase is worth most, on average."""
    sales = worth(facts.bought.join(facts.products, "product_id"), "category")
    each = sales.with_columns(ratio(pl.col("paid"), pl.col("purchases")).alias("each"))
    return each.sort(-pl.col("each"), "category").head(2)["category"].to_list()


def high_value_segments(facts: Facts) -> list[str]:
    """VIP and Premium; where there are none, whatever there is."""
    there = sorted(set(facts.customers["segment"].to_list()))
    return ["VIP", "Premium"] if {"VIP", "Premium"} & set(there) else there


def category_gaps(facts: Facts, params: Params) -> pl.DataFrame:
    people = with_worth(facts).filter(pl.col("segment").is_in(params["segments"]))
    people = people.select("customer_id", "name", "segment", pl.col("cents").alias("lifetime"))
    wanted = pl.DataFrame({"category": params["categories"]}, schema={"category": pl.String}).unique()
    sales = facts.booked.join(facts.products.select("product_id", "category"), "product_id")
    spent = worth(sales, "customer_id", "category").filter(pl.col("purchases") > 0)
    pairs = people.join(wanted, how="cross")
    having = pairs.join(spent.select("customer_id", "category", "cents"), ["customer_id", "category"])
    group = ["segment", "category"]
    usual = having.group_by(group).agg(pl.len().alias("buyers"), pl.col("cents").sum())
    usual = usual.select(*group, mean_money("cents", "buyers").alias("expected_value"))
    gaps = pairs.join(spent, ["customer_id", "category"], how="anti").join(usual, group, how="left")
    expected = pl.col("expected_value").fill_null(pl.lit(0).cast(MONEY))
    count = pl.len().over(group).cast(pl.Int64)
    return (
        gaps.with_columns(expected, count.alias("customers_without"))
        .with_columns((pl.col("expected_value") * pl.col("customers_without")).cast(MONEY).alias("opportunity"))
        .sort(-pl.col("lifetime"), "customer_id", "category")
        .head(params["limit"])
        .select(
            "segment",
            "category",
            "customer_id",
            "name",
            money("lifetime").alias("lifetime_value"),
            "expected_value",
            "customers_without",
            "opportunity",
        )
    )
