"""Metrics of the Bolt server."""

import functools

import prometheus_client

from schemas.metrics import MetricDef, unique

SESSIONS = MetricDef(
    "gauge",
    "c360_queries_bolt_sessions",
    "Bolt sessions that are open just now.",
    "Near C360_BOLT_SESSIONS, more are refused: use one driver a process, or lower its max_connection_pool_size.",
)
REFUSED = MetricDef(
    "counter",
    "c360_queries_bolt_refused_total",
    "Connections that were closed on their way in, by reason (password, sessions, protocol, time).",
    "password: the client's credentials; sessions: see c360_queries_bolt_sessions; protocol, time: the log says who.",
    ("reason",),
)
FIRST_ROW = MetricDef(
    "histogram",
    "c360_queries_bolt_first_row_seconds",
    "Time from RUN, or from a request to submitCypher, to the first row.",
    "Compare with c360_queries_compile_seconds; the rest is ClickHouse, or waiting while 8 others run.",
    (),
    (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0),
)
ROWS = MetricDef(
    "counter",
    "c360_queries_bolt_rows_total",
    "Rows sent.",
    "A steep rise is a caller without LIMIT.",
)
FAILURES = MetricDef(
    "counter",
    "c360_queries_bolt_failures_total",
    "Requests that were answered with a failure, by Neo4j's code.",
    "Neo.ClientError: the caller's. Neo.TransientError.General: 'c360 status' and memory. Neo.DatabaseError: the log.",
    ("code",),
)

METRICS = unique((SESSIONS, REFUSED, FIRST_ROW, ROWS, FAILURES))


@functools.cache
def sessions() -> prometheus_client.Gauge:
    """The collector of SESSIONS."""
    return SESSIONS.gauge()


@functools.cache
def refused() -> prometheus_client.Counter:
    """The collector of REFUSED."""
    return REFUSED.counter()


@functools.cache
def first_row() -> prometheus_client.Histogram:
    """The collector of FIRST_ROW."""
    return FIRST_ROW.histogram()


@functools.cache
def rows() -> prometheus_client.Counter:
    """The collector of ROWS."""
    return ROWS.counter()


@functools.cache
def failures() -> prometheus_client.Counter:
    """The collector of FAILURES."""
    return FAILURES.counter()
