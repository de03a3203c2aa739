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
    "Look at them with 'c360 dead-letters list'; mend what is wrong, then 'c360 dead-letters replay'.",
    ("topic",),
)
UNPUBLISHED = MetricDef(
    "gauge",
    "c360_sinks_dead_letters_unpublished_records",
    "Records that ClickHouse refused and whose letters the topic dead-letters has not; 10,000 stands for more.",
    "Some seconds are normal; if it stays, 'c360 logs sinks' says what Kafka refuses, or the topic's own lag grows.",
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
TOPIC_RECORDS = MetricDef(
    "counter",
    "c360_sinks_topic_records_total",
    "Records that Kafka has ever taken into a topic, whoever sent them.",
    "If it stands still while events should come: look at the producers, then at 'c360 logs kafka'.",
    ("topic",),
)
HISTORY = MetricDef(
    "gauge",
    "c360_sinks_history_records",
    "Records stored in the last 15 s in blocks without an event of the last hour: a backfill or replay.",
    "Informative: alerts on lag and freshness are mute while it is above 1,000.",
    ("topic",),
)
ERASED_LEFT = MetricDef(
    "gauge",
    "c360_sinks_erased_left_customers",
    "Erased customers of whom the last look found rows, which it deleted.",
    "Expected for a look after 'c360 forget', a replay or a restore; if it stays, a source still sends their records.",
)
DISK_FREE = MetricDef(
    "gauge",
    "c360_sinks_disk_free_bytes",
    "Bytes free on the disk of C360_HOME.",
    "Free some, set C360_HOME to another disk, or lower C360_TOPIC_RETENTION_MS, then run 'c360 topics --apply'.",
)
DISK_SIZE = MetricDef(
    "gauge",
    "c360_sinks_disk_size_bytes",
    "Bytes that the disk of C360_HOME holds in all.",
    "Informative.",
)
MEMORY_AVAILABLE = MetricDef(
    "gauge",
    "c360_sinks_memory_available_bytes",
    "Memory of the machine that programs can still have without swapping.",
    "See c360_sinks_part_resident_bytes for the largest part, and what else runs on the machine.",
)
MEMORY_SIZE = MetricDef(
    "gauge",
    "c360_sinks_memory_size_bytes",
    "Memory of the machine in all.",
    "Informative.",
)
PART_CPU = MetricDef(
    "counter",
    "c360_sinks_part_cpu_seconds_total",
    "Seconds of one core that a part of the embedded stack has used since it started; elsewhere of this process alone.",
    "A part that has all of a core all the time is what holds the others up: share its work, or send less.",
    ("part",),
)
PART_RESIDENT = MetricDef(
    "gauge",
    "c360_sinks_part_resident_bytes",
    "Memory that a part of the embedded stack holds; elsewhere of this process alone.",
    "Growing without end: 'c360 logs' of the part; a restart loses nothing.",
    ("part",),
)
CERTIFICATE_EXPIRY = MetricDef(
    "gauge",
    "c360_sinks_certificate_expiry_timestamp_seconds",
    "When a certificate ends, in Unix time: those of the settings' files, and of servers that are asked over https.",
    "Have it renewed; a part takes a new file when it is restarted.",
    ("certificate",),
)
RECOMMENDATIONS = MetricDef(
    "gauge",
    "c360_sinks_recommendations_timestamp_seconds",
    "Up to when events count in the recommendations, in Unix time, by the refresh; absent before the first.",
    "If it stands still for more than a day, run 'python -m queries.recommend refresh' and see what it says.",
    ("refresh",),
)

METRICS = unique((
    LAG,
    FRESHNESS,
    ROWS,
    DEAD_LETTERS,
    UNPUBLISHED,
    ROLLUP_LAG,
    PROBE_FAILURES,
    TOPIC_RECORDS,
    HISTORY,
    ERASED_LEFT,
    DISK_FREE,
    DISK_SIZE,
    MEMORY_AVAILABLE,
    MEMORY_SIZE,
    PART_CPU,
    PART_RESIDENT,
    CERTIFICATE_EXPIRY,
    RECOMMENDATIONS,
))  # fmt: skip
