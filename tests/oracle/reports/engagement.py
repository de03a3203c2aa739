"""Reports about what customers look at and how engaged they are."""

import polars as pl

from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.measures import month, ordinal, percent, ratio

KINDS = ("view", "cart", "wishlist", "review", "share")


def interaction_patterns(facts: Facts, params: Params) -> pl.DataFrame:
    acts = facts.since(params["as_of"], params["days"]).interactions
    kinds = acts.group_by("type").agg(
        interactions=pl.len(),
        customers=pl.col("customer_id").n_unique(),
        products=pl.col("product_id").n_unique(),
        seconds=pl.col("duration_seconds").sum(),
    )
    count = pl.col("interactions")
    return kinds.sort(-count.cast(pl.Int64), "type").select(
        "type",
        "interactions",
        percent(count, count.sum()).alias("share"),
        "customers",
        "products",
        ratio(pl.col("seconds"), count).alias("avg_duration_seconds"),
        ratio(count, pl.col("customers")).alias("avg_per_customer"),
    )


def engagement_score(facts: Facts, params: Params) -> pl.DataFrame:
    age = ordinal(pl.lit(params["as_of"].date())) - ordinal(month("ts"))
    deeds = pl.concat(
        [
            facts.interactions.select("customer_id", "ts", pl.col("type").alias("kind")),
            facts.bought.select("customer_id", "ts", pl.lit("purchase").alias("kind")),
        ]
    ).filter(age < params["months"])
    is_purchase = pl.col("kind") == "purchase"
    people = deeds.group_by("customer_id").agg(
        (~is_purchase).sum().cast(pl.Int64).alias("interactions"),
        *((pl.col("kind") == kind).sum().cast(pl.Int64).alias(f"{kind}s") for kind in (*KINDS, "purchase")),
        active_days=pl.col("ts").dt.date().n_unique(),
        last_seen=pl.col("ts").max(),
    )
    points = pl.sum_horizontal(pl.col(f"{kind}s") * params[f"{kind}_weight"] for kind in (*KINDS, "purchase"))
    return (
        facts.customers.join(people, "customer_id")
        .with_columns(points.alias("engagement_score"))
        .sort(-pl.col("engagement_score"), "customer_id")
        .head(params["limit"])
        .select(
            "customer_id",
            "name",
            "segment",
            "engagement_score",
            "interactions",
            *(f"{kind}s" for kind in KINDS),
            "purchases",
            "active_days",
            "last_seen",
        )
    )
