"""Metrics of the API."""

import functools

import prometheus_client

from queries.metrics import SECONDS
from schemas.metrics import MetricDef, unique

REQUESTS = MetricDef(
    "counter",
    "c360_queries_api_requests_total",
    "Requests that were answered, by route ('none' where there is no such path) and HTTP status.",
    "5xx: 'c360 logs api' has each with its request id; 4xx: the caller's, who is told what to do.",
    ("route", "status"),
)
LATENCY = MetricDef(
    "histogram",
    "c360_queries_api_latency_seconds",
    "Time from a request's head to the end of its answer, by route; live alerts are left out.",
    "Compare with c360_queries_latency_seconds; the rest is waiting for a place: raise C360_API_QUERIES.",
    ("route",),
    SECONDS,
)
REFUSED = MetricDef(
    "counter",
    "c360_queries_api_refused_total",
    "Requests that were turned away, by reason (key, rate, busy, streams).",
    "key: the caller's; rate: see C360_API_REQUESTS_PER_SECOND; busy: C360_API_QUERIES; streams: C360_API_STREAMS.",
    ("reason",),
)
ENDED = MetricDef(
    "counter",
    "c360_queries_api_ended_total",
    "Requests whose client went away before the answer; their queries are ended.",
    "A steep rise: callers are less patient than their questions are long.",
)
CACHED = MetricDef(
    "counter",
    "c360_queries_api_cached_total",
    "Reports and graph questions by what became of them: kept (answered from memory), asked, or moving (asked, and the "
    "rows changed meanwhile, so that the answer is not kept).",
    "Informative: while events stream in, nearly all are moving.",
    ("outcome",),
)
READERS = MetricDef(
    "gauge",
    "c360_queries_api_alert_readers",
    "Readers of live alerts that are connected.",
    "At C360_API_STREAMS more are refused: raise it, or look who does not hang up.",
)
PUBLISHED = MetricDef(
    "counter",
    "c360_queries_api_alerts_total",
    "Alerts read from Kafka for the readers of live alerts.",
    "Flat while c360_stream_processors_alerts_total grows and there are readers: 'c360 logs api'.",
)

METRICS = unique((REQUESTS, LATENCY, REFUSED, ENDED, CACHED, READERS, PUBLISHED))


def register() -> None:
    """Makes all of them, so that each is there from the beginning, at nought."""
    for collector in (requests, latency, refused, ended, cached, readers, published):
        collector()


@functools.cache
def requests() -> prometheus_client.Counter:
    """The collector of REQUESTS."""
    return REQUESTS.counter()


@functools.cache
def latency() -> prometheus_client.Histogram:
    """The collector of LATENCY."""
    return LATENCY.histogram()


@functools.cache
def refused() -> prometheus_client.Counter:
    """The collector of REFUSED."""
    return REFUSED.counter()


@functools.cache
def ended() -> prometheus_client.Counter:
    """The collector of ENDED."""
    return ENDED.counter()


@functools.cache
def cached() -> prometheus_client.Counter:
    """The collector of CACHED."""
    return CACHED.counter()


@functools.cache
def readers() -> prometheus_client.Gauge:
    """The collector of READERS."""
    return READERS.gauge()


@functools.cache
def published() -> prometheus_client.Counter:
    """The collector of PUBLISHED."""
    return PUBLISHED.counter()
