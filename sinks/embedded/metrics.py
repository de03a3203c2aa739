"""The metrics of the embedded engine: what each means and what to do when it goes wrong."""

from schemas.metrics import MetricDef, unique

QUERIES = MetricDef(
    "counter",
    "c360_sinks_engine_queries_total",
    "Requests answered by the embedded ClickHouse, by user and kind of statement.",
    "A rate that falls to 0 while the parts that ask are up: look at the errors and at the engine's log.",
    ("user", "kind"),
)
LATENCY = MetricDef(
    "histogram",
    "c360_sinks_engine_query_seconds",
    "Seconds from a request's first byte to its answer's last one.",
    "Slow selects: look for many parts (c360_sinks_engine_parts) and for merges; slow inserts: insert larger batches.",
    ("kind",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
NAMED = MetricDef(
    "histogram",
    "c360_sinks_engine_named_query_seconds",
    "Seconds from first byte to last, of queries that say by log_comment ('c360:LANGUAGE:NAME') which they are.",
    "See how a slow one is answered with 'c360 sql NAME --explain' or 'c360 cypher NAME --explain'.",
    ("language", "name"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
ERRORS = MetricDef(
    "counter",
    "c360_sinks_engine_errors_total",
    "Requests that ended in an error, by ClickHouse's error code.",
    "Look the code up in ClickHouse's list: 516 is a wrong password, 241 too little memory, 159 too much time.",
    ("code",),
)
RECEIVED = MetricDef(
    "counter",
    "c360_sinks_engine_received_bytes_total",
    "Bytes of request bodies, as they came over the wire.",
    "More than expected: find the client that inserts row by row or without compression.",
)
SENT = MetricDef(
    "counter",
    "c360_sinks_engine_sent_bytes_total",
    "Bytes of answers, as they went over the wire.",
    "More than expected: find the client that fetches whole tables.",
)
RUNNING = MetricDef(
    "gauge",
    "c360_sinks_engine_running_queries",
    "Requests that run or wait just now; of each user 16 run at once and 64 may wait.",
    "Near 80 of one user, more are refused with code 202: ask less often, or find the slow query in system.processes.",
)
RESIDENT = MetricDef(
    "gauge",
    "c360_sinks_engine_resident_bytes",
    "Memory that the process holds.",
    "Near the limit that the engine was given: lower max_memory_usage of queries, or give it more.",
)
PARTS = MetricDef(
    "gauge",
    "c360_sinks_engine_parts",
    "Active parts of all tables.",
    "Growing without end: inserts are too small or merges cannot keep up. Raise the flush interval.",
)
MERGES = MetricDef(
    "gauge",
    "c360_sinks_engine_merges",
    "Merges that run just now.",
    "Always at its most while parts grow: the disk or the cores are too slow for the rate of inserts.",
)
KAFKA_CONSUMERS = MetricDef(
    "gauge",
    "c360_sinks_engine_kafka_consumers",
    "Kafka consumers inside the engine.",
    "0 while events should flow: the way in was not made (run python -m sinks), or Kafka cannot be reached.",
)
EVENTS = MetricDef(
    "counter",
    "c360_sinks_engine_events_total",
    "ClickHouse's own counters since its start, by their name in system.events.",
    "KafkaMessagesRead standing still with lag left: see c360_sinks lag; FailedQuery rising: see the errors by code.",
    ("event",),
)

METRICS = unique(
    (
        QUERIES,
        LATENCY,
        NAMED,
        ERRORS,
        RECEIVED,
        SENT,
        RUNNING,
        RESIDENT,
        PARTS,
        MERGES,
        KAFKA_CONSUMERS,
        EVENTS,
    )
)
