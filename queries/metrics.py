"""Metrics of whatever process answers queries: how long, how many rows, what failed."""

import functools

import prometheus_client

from schemas.metrics import MetricDef, unique

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

LATENCY = MetricDef(
    "histogram",
    "c360_queries_latency_seconds",
    "Time from asking a query to having its rows, by language and name ('adhoc' for text that is not in a catalogue).",
    "See which part is slow with --explain; check c360_queries_rows_total, and that months that are over are merged.",
    ("language", "name"),
    SECONDS,
)
COMPILE = MetricDef(
    "histogram",
    "c360_queries_compile_seconds",
    "Time from Cypher to SQL, cache hits included.",
    "Pass values as parameters instead of writing them into the text, so that the compiled query is found again.",
    (),
    (0.0005, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
)
ROWS = MetricDef(
    "counter",
    "c360_queries_rows_total",
    "Rows answered, by language and name.",
    "A steep rise is a caller without LIMIT.",
    ("language", "name"),
)
ERRORS = MetricDef(
    "counter",
    "c360_queries_errors_total",
    "Queries that failed, by language and kind of error (UsageError, QueryError, UnreachableError, ...).",
    "UnreachableError: see 'c360 status'. QueryError: the caller's log has the database's message.",
    ("language", "kind"),
)

METRICS = unique((LATENCY, COMPILE, ROWS, ERRORS))


@functools.cache
def latency() -> prometheus_client.Histogram:
    """The collector of LATENCY."""
    return LATENCY.histogram()


@functools.cache
def compile_time() -> prometheus_client.Histogram:
    """The collector of COMPILE."""
    return COMPILE.histogram()


@functools.cache
def rows() -> prometheus_client.Counter:
    """The collector of ROWS."""
    return ROWS.counter()


@functools.cache
def errors() -> prometheus_client.Counter:
    """The collector of ERRORS."""
    return ERRORS.counter()
