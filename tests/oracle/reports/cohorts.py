"""Reports about customers by when they came and how they compare within their segment."""

import polars as pl

from tests.oracle.reports.customers import with_worth
from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.measures import mean_money, money, month, ordinal, percent, worth


def registration_trends(facts: Facts, params: Params) -> pl.DataFrame:
    today = params["as_of"].date()
    people = with_worth(facts).filter(pl.col("registration_date") <= today)
    people = people.filter(ordinal(pl.lit(today)) - ordinal(pl.col("registration_date")) < params["months"])
    if params["channel"]:
        people = people.filter(pl.col("acquisition_channel") == params["channel"])
    people = people.with_columns(month("registration_date").alias("month"))
    group = ["month", "segment"]
    channels = people.group_by(*group, "acquisition_channel").agg(pl.col("cents").sum())
    best = channels.sort(-pl.col("cents"), "acquisition_channel").unique(group, keep="first", maintain_order=True)
    return (
        people.group_by(group)
        .agg(
            pl.len().alias("registrations"),
            (pl.col("purchases") > 0).sum().alias("buyers"),
            pl.col("cents").sum(),
        )
        .join(best.select(*group, pl.col("acquisition_channel").alias("best_channel")), group)
        .sort(group)
        .select(
            *group,
            "registrations",
            "buyers",
            money("cents").alias("revenue"),
            mean_money("cents", "registrations").alias("avg_lifetime_value"),
            "best_channel",
        )
    )


def cohort_retention(facts: Facts, params: Params) -> pl.DataFrame:
    first = facts.bought.group_by("customer_id").agg(pl.col("ts").min())
    cohorts = first.select("customer_id", month("ts").alias("cohort"))
    cohorts = cohorts.with_columns(pl.len().over("cohort").alias("cohort_size"))
    later = (
        facts.booked.join(cohorts, "customer_id")
        .with_columns((ordinal(month("ts")) - ordinal(pl.col("cohort"))).alias("months_since"))
        .filter(pl.col("months_since").is_between(0, params["months"]))
    )
    return (
        worth(later, "cohort", "cohort_size", "months_since")
        .sort("cohort", "months_since")
        .select(
            "cohort",
            "months_since",
            "cohort_size",
            pl.col("buyers").alias("active"),
            percent(pl.col("buyers"), pl.col("cohort_size")).alias("retention"),
            money("cents").alias("revenue"),
        )
    )


def ltv_quartiles(facts: Facts, _: Params) -> pl.DataFrame:
    ranked = with_worth(facts).sort("segment", -pl.col("cents"), "customer_id")
    count, place = pl.len().cast(pl.Int64), pl.int_range(pl.len(), dtype=pl.Int64)
    ranked = ranked.with_columns(count.over("segment").alias("count"), place.over("segment").alias("place"))
    size, rest = pl.col("count") // 4, pl.col("count") % 4
    # Quarters as equal as can be: the first ones take one customer more where four does not divide them.
    larger = rest * (size + 1)
    quartile = (
        pl.when(pl.col("place") < larger)
        .then(pl.col("place") // (size + 1))
        .otherwise(rest + (pl.col("place") - larger) // pl.max_horizontal(size, 1))
        + 1
    )
    quarters = ranked.group_by("segment", quartile.alias("quartile")).agg(
        pl.len().alias("customers"),
        pl.col("cents").min().alias("least"),
        pl.col("cents").max().alias("most"),
        pl.col("cents").sum(),
    )
    return quarters.sort("segment", "quartile").select(
        "segment",
        "quartile",
        "customers",
        money("least").alias("min_lifetime_value"),
        mean_money("cents", "customers").alias("avg_lifetime_value"),
        money("most").alias("max_lifetime_value"),
        money("cents").alias("revenue"),
        percent(pl.col("cents"), pl.col("cents").sum().over("segment")).alias("segment_share"),
    )
