"""The metrics of the way into ClickHouse, watched from outside the engine."""

from schemas.metrics import MetricDef, unique

LAG = MetricDef(
    "gauge",
    "c360_sinks_lag_records",
    "Records of a topic that a consumer group has not committed yet.",
    "If it grows, the group is too slow or dead: 'c360 status', then 'c360 logs' of its part.",
    ("group", "topic"),
)
FRESHNESS = MetricDef(
    "gauge",
    "c360_sinks_freshness_seconds",
    "Age of the newest stored event in the slowest partition of a live stream; absent while nothing live arrives.",
    "Above 2 s for long: look at the lag, then at the engine's merges and memory ('c360 doctor').",
    ("topic",),
)
ROWS = MetricDef(
    "gauge",
    "c360_sinks_stored_rows",
    "Rows of a table, repeats that are not merged yet included.",
    "If it stands still while producers acknowledge, ingestion has stopped: 'c360 logs clickhouse'.",
    ("table",),
)
DEAD_LETTERS = MetricDef(
    "gauge",
    "c360_sinks_dead_letters_records",
    "Records that a reader could not use, by topic.",
    "Look at them with SELECT * FROM dead_letters; mend the producer, then replay them.",
    ("topic",),
)
ROLLUP_LAG = MetricDef(
    "gauge",
    "c360_sinks_rollup_lag_seconds",
    "Age of what a rollup holds while stored events are not in it yet; 0 when it knows them all.",
    "Some seconds are normal while events arrive; minutes are not: SELECT view, exception FROM system.view_refreshes.",
    ("rollup",),
)
PROBE_FAILURES = MetricDef(
    "counter",
    "c360_sinks_probe_failures_total",
    "Looks at Kafka or ClickHouse that failed.",
    "A few during restarts are normal; if it grows steadily, a part is down: 'c360 status'.",
    ("part",),
)

METRICS = unique((LAG, FRESHNESS, ROWS, DEAD_LETTERS, ROLLUP_LAG, PROBE_FAILURES))
