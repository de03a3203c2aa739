"""The metrics of the process that takes events in for ClickHouse."""

import functools

from prometheus_client import Gauge

from schemas.metrics import MetricDef, unique

RECORDS = MetricDef(
    "counter",
    "c360_sinks_ingest_records_total",
    "Records of a topic that were stored, or found to be stored already.",
    "If it stands still while the lag grows: 'c360 logs ingest' says what ClickHouse or Kafka answers.",
    ("topic",),
)
REFUSED = MetricDef(
    "counter",
    "c360_sinks_ingest_refused_total",
    "Records of a topic that cannot be read, and went into dead_letters.",
    "Look at them with 'c360 dead-letters list'; mend what is wrong, then 'c360 dead-letters replay'.",
    ("topic",),
)
INSERT = MetricDef(
    "histogram",
    "c360_sinks_ingest_insert_seconds",
    "Seconds in which a block was looked through, sent and stored.",
    "Seconds for small blocks: the way to ClickHouse is slow, or its merges are: gather longer (C360_INGEST_SECONDS).",
    ("topic",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
HELD = MetricDef(
    "gauge",
    "c360_sinks_ingest_held",
    "1 while a topic is not taken in: too many of its records in a row cannot be read.",
    "'c360 logs sinks' (of the client: ingest) says where and why: mend it, or raise C360_DEAD_LETTER_RUN.",
    ("topic",),
)
FAILURES = MetricDef(
    "counter",
    "c360_sinks_ingest_failures_total",
    "Tries to store a block that failed; it is tried again until it is stored.",
    "A few while ClickHouse or the registry restarts are normal; if it grows steadily: 'c360 logs ingest'.",
    ("topic",),
)

METRICS = unique((RECORDS, REFUSED, HELD, INSERT, FAILURES))


@functools.cache
def held() -> Gauge:
    """The collector of HELD, for the client and for whoever looks after the Kafka engine."""
    return HELD.gauge()
