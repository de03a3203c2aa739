"""The business: revenue, segments, categories and cohorts, out of the rollups."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from ops.grafana.frame import framed, row
from ops.grafana.panels import THIRD, WHOLE, sql_bars, sql_number, sql_table

UID = "customer360-business"


def dashboard() -> Dashboard:
    """Asked of ClickHouse as the reading user, once a minute."""
    made = framed(UID, "business", "Revenue, segments, categories and cohorts, up to the newest event.", "24h", "1m")
    return (
        made.with_row(row("In all"))
        .with_panel(sql_number("Revenue", "revenue", "currencyUSD"))
        .with_panel(sql_number("Customers", "customers", "short"))
        .with_panel(sql_number("Purchases", "purchases", "short"))
        .with_panel(sql_number("Average order", "average_order", "currencyUSD"))
        .with_panel(sql_number("Buyers", "buyers_share", "percentunit"))
        .with_panel(sql_number("Refunded", "refund_share", "percentunit"))
        .with_row(row("By month"))
        .with_panel(sql_bars("Revenue by month", "revenue_by_month", "currencyUSD", upright=True))
        .with_panel(sql_bars("Buyers by month", "buyers_by_month", "short", upright=True))
        .with_panel(sql_bars("Interactions by month", "interactions_by_month", "short", upright=True, stacked=True))
        .with_panel(sql_bars("Registrations by channel", "channels_by_month", "short", upright=True, stacked=True))
        .with_row(row("Segments and categories"))
        .with_panel(sql_table("Segments", "segments", "currencyUSD", units={
            "customers": "short", "customer_share": "percentunit", "revenue_share": "percentunit",
        }))
        .with_panel(sql_table("Lifetime value within segments", "lifetime_values", "currencyUSD"))
        .with_panel(sql_bars("Categories by segment", "categories_by_segment", "currencyUSD", 2 * THIRD, stacked=True))
        .with_panel(sql_bars("Brands", "brands", "currencyUSD", THIRD))
        .with_row(row("Cohorts"))
        .with_panel(sql_table("Cohorts: bought again after so many months", "cohorts", "percentunit", WHOLE, units={
            "customers": "short", "age": "short",
        }))
    )  # fmt: skip
