"""How long SQL reports and graph queries take, by name; and what ClickHouse is asked besides."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from ops.grafana.frame import framed, quantile, row
from ops.grafana.panels import HALF, lines, number, quantiles

UID = "customer360-latency"
NAMED = "c360_sinks_engine_named_query_seconds"


def dashboard() -> Dashboard:
    """Of the embedded engine; a server keeps the names in system.query_log, as log_comment."""
    made = framed(UID, "latency", "Times of SQL reports and graph queries by name.", "1h", "10s")
    return _besides(_named(_now(made)))


def _named_quantile(share: float, language: str, span: str, by: str = "name") -> str:
    return quantile(share, NAMED, by, span, f'{{language="{language}"}}')


def _now(made: Dashboard) -> Dashboard:
    return (
        made.with_row(row("Now"))
        .with_panel(number(
            "Reports, p99", "Of the SQL reports of the last hour, all but one in a hundred took less.", "s",
            _named_quantile(0.99, "sql", "1h", by=""),
        ))
        .with_panel(number(
            "Graph queries, p99", "Of the graph queries of the last hour, all but one in a hundred took less.", "s",
            _named_quantile(0.99, "cypher", "1h", by=""),
        ))
        .with_panel(number(
            "Bolt's first row, p99", "From a request on Bolt to its first row, the last hour.", "s",
            quantile(0.99, "c360_queries_bolt_first_row_seconds", span="1h"),
        ))
        .with_panel(number(
            "Sessions", "Bolt sessions that are open.", "short", "sum(c360_queries_bolt_sessions)",
        ))
        .with_panel(number(
            "Running", "Requests that ClickHouse works on or has waiting.", "short",
            "sum(c360_sinks_engine_running_queries)",
        ))
        .with_panel(number(
            "Errors", "Requests a second that ClickHouse refused, the last five minutes.", "reqps",
            "sum(rate(c360_sinks_engine_errors_total[5m]))", bad_above=1,
        ))
    )  # fmt: skip


def _named(made: Dashboard) -> Dashboard:
    for language, what in (("sql", "SQL reports"), ("cypher", "Graph queries")):
        made = (
            made.with_row(row(what))
            .with_panel(lines(
                f"{what}: median", "Half of the queries of that name took less, in the five minutes before.", "s",
                (_named_quantile(0.5, language, "5m"), "{{name}}"), span=HALF,
            ))
            .with_panel(lines(
                f"{what}: 99th percentile", "All but one in a hundred of that name took less.", "s",
                (_named_quantile(0.99, language, "5m"), "{{name}}"), span=HALF,
            ))
            .with_panel(quantiles(
                f"{what} of the last hour", "By name; from buckets, so that it is right within the bucket's width.",
                (_named_quantile(0.5, language, "1h"), "median"),
                (_named_quantile(0.99, language, "1h"), "99th percentile"),
            ))
        )  # fmt: skip
    return made


def _besides(made: Dashboard) -> Dashboard:
    return (
        made.with_row(row("ClickHouse and Bolt"))
        .with_panel(lines(
            "Requests by user", "Requests a second that ClickHouse answers, by user and kind of statement.", "reqps",
            ("sum by (user, kind) (rate(c360_sinks_engine_queries_total[$__rate_interval]))", "{{user}}: {{kind}}"),
        ))
        .with_panel(lines(
            "Time by kind, p99", "99th percentile of all requests, by kind of statement.", "s",
            (quantile(0.99, "c360_sinks_engine_query_seconds", "kind"), "{{kind}}"),
        ))
        .with_panel(lines(
            "Errors by code", "Requests a second that ended in an error, by ClickHouse's code.", "reqps",
            ("sum by (code) (rate(c360_sinks_engine_errors_total[$__rate_interval]))", "{{code}}"),
        ))
        .with_panel(lines(
            "Cypher to SQL", "Time to compile Cypher, cache hits included.", "s",
            (quantile(0.5, "c360_queries_compile_seconds"), "median"),
            (quantile(0.99, "c360_queries_compile_seconds"), "p99"),
        ))
        .with_panel(lines(
            "Rows by Bolt", "Rows a second that Bolt sends.", "rps",
            ("sum(rate(c360_queries_bolt_rows_total[$__rate_interval]))", "rows"),
        ))
        .with_panel(lines(
            "Memory of ClickHouse", "Memory that the engine's process holds.", "bytes",
            ("c360_sinks_engine_resident_bytes", "resident"),
        ))
    )  # fmt: skip
