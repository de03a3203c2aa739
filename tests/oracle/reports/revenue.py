"""Reports about money: by month, by product, by what a segment buys."""

import polars as pl

from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.measures import mean_money, money, month, ordinal, percent, worth


def monthly_revenue(facts: Facts, params: Params) -> pl.DataFrame:
    age = ordinal(pl.lit(params["as_of"].date())) - ordinal(pl.col("month"))
    events = facts.booked.with_columns(month("ts").alias("month")).filter(age < params["months"])
    refunded = pl.col("cents") - pl.col("paid")
    before = pl.col("cents").shift(1)
    follows = ordinal(pl.col("month")) - ordinal(pl.col("month").shift(1)) == 1
    growth = pl.when(follows & (before != 0)).then(percent(pl.col("cents") - before, before))
    return (
        worth(events, "month")
        .sort("month")
        .with_columns(refunded.alias("refunded"), growth.alias("revenue_growth"))
        .select(
            "month",
            "purchases",
            "buyers",
            money("cents").alias("revenue"),
            "refunds",
            money("refunded").alias("refunded_amount"),
            mean_money("paid", "purchases").alias("avg_order_value"),
            "revenue_growth",
        )
    )


def product_performance(facts: Facts, params: Params) -> pl.DataFrame:
    sales = worth(facts.booked, "product_id")
    goods = facts.products.join(sales, "product_id", how="left").with_columns(
        pl.col("cents", "purchases", "buyers", "units", "refunds").fill_null(0)
    )
    if params["category"]:
        goods = goods.filter(pl.col("category") == params["category"])
    return (
        goods.sort(-pl.col("cents"), -pl.col("purchases"), "product_id")
        .head(params["limit"])
        .select(
            "product_id",
            "name",
            "category",
            "brand",
            money("price").alias("price"),
            "purchases",
            "buyers",
            "units",
            money("cents").alias("revenue"),
            percent(pl.col("refunds"), pl.col("purchases")).alias("refund_rate"),
            "stock_quantity",
        )
    )


def _by_segment(facts: Facts, trait: str) -> pl.DataFrame:
    """Sales of known products to known customers, by segment and a trait of the product."""
    sales = facts.booked.join(facts.customers, "customer_id").join(facts.products, "product_id")
    total = pl.col("cents").sum()
    return worth(sales, "segment", trait).with_columns(
        percent(pl.col("cents"), total.over("segment")).alias("segment_share"),
        percent(pl.col("cents"), total.over(trait)).alias("trait_share"),
    )


def category_by_segment(facts: Facts, _: Params) -> pl.DataFrame:
    return (
        _by_segment(facts, "category")
        .sort("segment", -pl.col("cents"), "category")
        .select(
            "segment",
            "category",
            "purchases",
            "buyers",
            money("cents").alias("revenue"),
            "segment_share",
            pl.col("trait_share").alias("category_share"),
        )
    )


def brand_by_segment(facts: Facts, params: Params) -> pl.DataFrame:
    ranked = _by_segment(facts, "brand").sort("segment", -pl.col("cents"), "brand")
    place = pl.int_range(1, pl.len() + 1).over("segment")
    return (
        ranked.with_columns(place.alias("rank"))
        .filter(pl.col("rank") <= params["top"])
        .select(
            "segment",
            "rank",
            "brand",
            "purchases",
            "buyers",
            money("cents").alias("revenue"),
            "segment_share",
        )
    )
