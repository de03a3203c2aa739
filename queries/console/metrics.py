"""Metrics of the web console."""

import functools

import prometheus_client

from schemas.metrics import MetricDef, unique

VIEWERS = MetricDef(
    "gauge",
    "c360_queries_console_viewers",
    "Pages of the web console that are open.",
    "Informative: all of them share one look at the pipeline.",
)
LOGINS = MetricDef(
    "counter",
    "c360_queries_console_logins_total",
    "Attempts to log in to the web console, by outcome (let_in, wrong_password, too_fast).",
    "Wrong passwords that nobody here has typed: somebody guesses; 'c360 rotate console' makes a new one.",
    ("outcome",),
)
LOOKS = MetricDef(
    "histogram",
    "c360_queries_console_look_seconds",
    "Time of one look at the pipeline for all open pages.",
    "Above a second: the ports of the metrics answer slowly, see 'c360 status'.",
)

METRICS = unique((VIEWERS, LOGINS, LOOKS))


def register() -> None:
    """Makes all of them, so that each is there from the beginning, at nought."""
    for collector in (viewers, logins, looks):
        collector()


@functools.cache
def viewers() -> prometheus_client.Gauge:
    """The collector of VIEWERS."""
    return VIEWERS.gauge()


@functools.cache
def logins() -> prometheus_client.Counter:
    """The collector of LOGINS."""
    return LOGINS.counter()


@functools.cache
def looks() -> prometheus_client.Histogram:
    """The collector of LOOKS."""
    return LOOKS.histogram()
