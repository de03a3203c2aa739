"""Reports about customers one by one, and about the segments they are in."""

import datetime as dt

import polars as pl

from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.measures import mean_money, money, percent, ratio, worth

MILLISECONDS_A_DAY = 86_400_000


def with_worth(facts: Facts) -> pl.DataFrame:
    """Every customer with what he brought in, nothing included."""
    spent = worth(facts.booked, "customer_id")
    numbers = pl.col("cents", "paid", "purchases", "refunds", "buyers", "units")
    return facts.customers.join(spent, "customer_id", how="left").with_columns(numbers.fill_null(0))


def customer_segmentation(facts: Facts, _: Params) -> pl.DataFrame:
    groups = with_worth(facts).group_by("segment").agg(pl.len().alias("customers"), pl.col("purchases", "cents").sum())
    return groups.sort(-pl.col("cents"), "segment").select(
        "segment",
        "customers",
        percent(pl.col("customers"), pl.col("customers").sum()).alias("customer_share"),
        "purchases",
        money("cents").alias("revenue"),
        percent(pl.col("cents"), pl.col("cents").sum()).alias("revenue_share"),
        mean_money("cents", "customers").alias("avg_lifetime_value"),
    )


def top_customers(facts: Facts, params: Params) -> pl.DataFrame:
    traders = facts.customers.join(worth(facts.booked, "customer_id"), "customer_id")
    if params["segments"]:
        traders = traders.filter(pl.col("segment").is_in(params["segments"]))
    age = pl.lit(params["as_of"].date()) - pl.col("registration_date")
    return (
        traders.sort(-pl.col("cents"), "customer_id")
        .head(params["limit"])
        .select(
            "customer_id",
            "name",
            "segment",
            money("cents").alias("lifetime_value"),
            "purchases",
            mean_money("paid", "purchases").alias("avg_order_value"),
            "registration_date",
            age.dt.total_days().alias("customer_days"),
        )
    )


def purchase_behavior(facts: Facts, params: Params) -> pl.DataFrame:
    habits = facts.bought.group_by("customer_id").agg(
        products=pl.col("product_id").n_unique(), first_purchase=pl.col("ts").min(), last_purchase=pl.col("ts").max()
    )
    buyers = facts.customers.join(worth(facts.booked, "customer_id"), "customer_id").join(habits, "customer_id")
    apart = (pl.col("last_purchase") - pl.col("first_purchase")).dt.total_milliseconds() / MILLISECONDS_A_DAY
    return (
        buyers.filter(pl.col("purchases") >= params["min_purchases"])
        .sort(-pl.col("cents"), -pl.col("purchases"), "customer_id")
        .head(params["limit"])
        .select(
            "customer_id",
            "name",
            "segment",
            money("cents").alias("lifetime_value"),
            "purchases",
            "products",
            "units",
            mean_money("paid", "purchases").alias("avg_order_value"),
            "first_purchase",
            "last_purchase",
            ratio(apart, pl.col("purchases") - 1).alias("days_between"),
        )
    )


def churn_risk(facts: Facts, params: Params) -> pl.DataFrame:
    latest = facts.bought.group_by("customer_id").agg(last_purchase=pl.col("ts").max())
    seen = facts.interactions.group_by("customer_id").agg(last_interaction=pl.col("ts").max())
    silent = (
        facts.customers.join(latest, "customer_id")
        .filter(pl.col("last_purchase") <= params["as_of"] - dt.timedelta(days=params["days"]))
        .join(worth(facts.booked, "customer_id"), "customer_id")
        .join(seen, "customer_id", how="left")
    )
    if params["segments"]:
        silent = silent.filter(pl.col("segment").is_in(params["segments"]))
    since = (params["as_of"] - pl.col("last_purchase")).dt.total_milliseconds() // MILLISECONDS_A_DAY
    return (
        silent.with_columns(
            pl.len().over("segment").alias("customers_at_risk"), pl.col("cents").sum().over("segment").alias("at_risk")
        )
        .sort(-pl.col("cents"), "customer_id")
        .head(params["limit"])
        .select(
            "segment",
            "customer_id",
            "name",
            money("cents").alias("lifetime_value"),
            "purchases",
            "last_purchase",
            since.alias("days_since_purchase"),
            "last_interaction",
            "customers_at_risk",
            money("at_risk").alias("value_at_risk"),
        )
    )
