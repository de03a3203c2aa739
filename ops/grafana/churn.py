"""Churn: scores, alerts by segment and reason, and who came back."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from ops.grafana.frame import framed, row
from ops.grafana.panels import HALF, WHOLE, lines, number, sql_bars, sql_number, sql_table

UID = "customer360-churn"


def dashboard() -> Dashboard:
    """Alerts as they are raised from the stream processors' metrics, what they say from ClickHouse."""
    made = framed(UID, "churn", "Scores, alerts by segment and reason, recoveries.", "24h", "1m")
    return (
        made.with_row(row("Now"))
        .with_panel(sql_number("At risk", "at_risk", "short"))
        .with_panel(sql_number("Came back", "recovered_share", "percentunit"))
        .with_panel(number(
            "Raised an hour", "Churn alerts raised an hour, over the last two.", "short",
            "customer360:alerts_raised:rate2h * 3600",
        ))
        .with_panel(number(
            "Differ from the events", "Customers whose stored features were wrong when last verified.", "short",
            "max(c360_stream_processors_features_mismatched_customers)", bad_above=1,
        ))
        .with_panel(number(
            "Last verified", "When 'c360 features --verify' last ended; 1970 if it never has.", "dateTimeFromNow",
            "max(c360_stream_processors_features_verified_timestamp_seconds) * 1000",
        ))
        .with_panel(number(
            "Customers", "Customers that the stream processors hold features of.", "short",
            "sum(c360_stream_processors_state_customers)",
        ))
        .with_row(row("Scores"))
        .with_panel(sql_bars("Bands by segment", "bands", "short", stacked=True))
        .with_panel(sql_bars("Scores", "scores", "short", upright=True))
        .with_panel(sql_table("Value at risk", "value_at_risk", "currencyUSD", units={"customers": "short"}))
        .with_panel(lines(
            "Alerts an hour", "Churn alerts and recoveries sent an hour, by kind.", "short",
            ("sum by (kind) (rate(c360_stream_processors_alerts_total[1h])) * 3600", "{{kind}}"), span=HALF,
        ))
        .with_row(row("Alerts"))
        .with_panel(sql_bars("Raised by segment", "alerts_by_segment", "short", upright=True, stacked=True))
        .with_panel(sql_bars("Raised by reason", "alerts_by_reason", "short", stacked=True))
        .with_panel(sql_bars("Raised and recovered", "recoveries", "short", WHOLE, upright=True))
        .with_panel(sql_table("Latest", "latest_alerts", "short", WHOLE, units={
            "lifetime_value": "currencyUSD", "score": "percentunit", "previous_score": "percentunit",
            "as_of": "dateTimeAsIso", "customer_id": "none",
        }))
    )  # fmt: skip
