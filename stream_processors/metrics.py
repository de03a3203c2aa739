"""What a stream processor reports about itself."""

from schemas import exposition
from schemas.metrics import MetricDef, unique

_SIZES = (1, 10, 100, 300, 1_000, 3_000, 10_000, 30_000)
_SHORT = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)

EVENTS = MetricDef(
    "counter",
    "c360_stream_processors_events_total",
    "Records read by topic, whatever came of them.",
    "Flat while the topic grows: see the lag, and the log of the worker.",
    ("topic",),
)
BATCH = MetricDef(
    "histogram",
    "c360_stream_processors_batch_records",
    "Records of one partition worked through at once.",
    "Small batches at a high rate cost CPU: look for many small producers.",
    ("topic",),
    buckets=_SIZES,
)
DECODE = MetricDef(
    "histogram",
    "c360_stream_processors_decode_seconds",
    "Time to decode one batch.",
    "Slow batches mostly hold records of another schema version, which are resolved one by one.",
    ("topic",),
    buckets=_SHORT,
)
UPDATE = MetricDef(
    "histogram",
    "c360_stream_processors_update_seconds",
    "Time to count one batch in the state.",
    "Grows with the number of days a batch spans; during a backfill that is expected.",
    ("topic",),
    buckets=_SHORT,
)
LAG = MetricDef(
    "gauge",
    "c360_stream_processors_lag_records",
    "Records of a partition that are not yet counted.",
    "Growing: start another worker, up to one for each partition.",
    ("topic", "partition"),
)
WATERMARK_DELAY = MetricDef(
    "gauge",
    "c360_stream_processors_watermark_delay_seconds",
    "Event time between the newest event of a partition and its watermark; alerts wait that long.",
    "Much above an hour: one of the topics is behind the other, or its producer has stopped.",
    ("partition",),
)
CUSTOMERS = MetricDef(
    "gauge",
    "c360_stream_processors_state_customers",
    "Customers held by this worker.",
    "Informative.",
)
STATE_BYTES = MetricDef(
    "gauge",
    "c360_stream_processors_state_bytes",
    "Memory of the features, the ids seen and the alert state.",
    "Beyond what the machine has: share the partitions among more workers.",
)
SNAPSHOT_SECONDS = MetricDef(
    "gauge",
    "c360_stream_processors_snapshot_seconds",
    "Time the last snapshot took to write.",
    "Near C360_SNAPSHOT_SECONDS: the disk is slow, or shared.",
)
SNAPSHOT_AGE = MetricDef(
    "gauge",
    "c360_stream_processors_snapshot_age_seconds",
    "Age of the oldest newest snapshot among the partitions held.",
    "Growing: see the log; a restart re-reads as much.",
)
SNAPSHOT_BYTES = MetricDef(
    "gauge",
    "c360_stream_processors_snapshot_bytes",
    "Size of the last snapshot.",
    "Informative.",
)
PUBLISHED = MetricDef(
    "counter",
    "c360_stream_processors_features_published_total",
    "Rows sent to the topic of features.",
    "Flat while the backlog grows: Kafka does not take them.",
)
BACKLOG = MetricDef(
    "gauge",
    "c360_stream_processors_features_backlog_rows",
    "Customers whose features changed and are not published yet.",
    "More than 300 times C360_FEATURE_ROWS_PER_SECOND: raise it, or start another worker.",
)
ALERTS = MetricDef(
    "counter",
    "c360_stream_processors_alerts_total",
    "Alerts sent by kind; those sent again after a restart are counted again.",
    "Many raised at once: see whether events of a time are missing.",
    ("kind",),
)
REPEATS = MetricDef(
    "counter",
    "c360_stream_processors_repeats_total",
    "Events left out because their id was counted before.",
    "Expected after a replay; otherwise a producer gives ids out twice.",
    ("topic",),
)
LATE = MetricDef(
    "counter",
    "c360_stream_processors_late_events_total",
    "Events more than an hour behind the newest of their topic and partition; they count, but reopen no alert.",
    "Expected during a replay; otherwise look for a producer that is behind.",
    ("topic",),
)
ERASED = MetricDef(
    "counter",
    "c360_stream_processors_erased_events_total",
    "Events of erased customers, of whom nothing is published.",
    "Expected during a replay; otherwise a source still sends what it must not.",
    ("topic",),
)
DEAD_LETTERS = MetricDef(
    "counter",
    "c360_stream_processors_dead_letters_total",
    "Records that cannot be used, sent to the dead letters.",
    "Look at them, and the reasons, with 'c360 dead-letters list'.",
    ("topic",),
)
HELD = MetricDef(
    "gauge",
    "c360_stream_processors_held",
    "1 while the worker stands still at a topic: too many of its records in a row cannot be used.",
    "The log says where and why: mend it, or raise C360_DEAD_LETTER_RUN.",
    ("topic",),
)
REBUILDS = MetricDef(
    "counter",
    "c360_stream_processors_rebuilds_total",
    "Partitions whose state had to be rebuilt from the beginning of the topics.",
    "Once for each partition on a new installation; otherwise see the log for the snapshot's reason.",
)
UNDELIVERED = MetricDef(
    "counter",
    "c360_stream_processors_undelivered_total",
    "Messages that Kafka finally refused.",
    "See the log for the reason; a dead letter may be larger than the topic takes.",
    ("topic",),
)
MISMATCHED = MetricDef(
    "gauge",
    "c360_stream_processors_features_mismatched_customers",
    "Customers whose stored features differed from a recomputation when 'c360 features --verify' last looked.",
    "'c360 features --verify' names the first of them and the field; see docs/reliability.md.",
)
VERIFIED = MetricDef(
    "gauge",
    "c360_stream_processors_features_verified_timestamp_seconds",
    "When 'c360 features --verify' last ended, in Unix time; 0 if it never has.",
    "Run it once a day, from cron for instance.",
)

METRICS = unique((
    EVENTS,
    BATCH,
    DECODE,
    UPDATE,
    LAG,
    WATERMARK_DELAY,
    CUSTOMERS,
    STATE_BYTES,
    SNAPSHOT_SECONDS,
    SNAPSHOT_AGE,
    SNAPSHOT_BYTES,
    PUBLISHED,
    BACKLOG,
    ALERTS,
    REPEATS,
    LATE,
    ERASED,
    DEAD_LETTERS,
    HELD,
    REBUILDS,
    UNDELIVERED,
    MISMATCHED,
    VERIFIED,
))  # fmt: skip


class Collectors:
    """The collectors, registered once a process."""

    def __init__(self) -> None:
        self.events = EVENTS.counter()
        self.batch = BATCH.histogram()
        self.decode = DECODE.histogram()
        self.update = UPDATE.histogram()
        self.lag = LAG.gauge()
        self.watermark_delay = WATERMARK_DELAY.gauge()
        self.customers = CUSTOMERS.gauge()
        self.state_bytes = STATE_BYTES.gauge()
        self.snapshot_seconds = SNAPSHOT_SECONDS.gauge()
        self.snapshot_age = SNAPSHOT_AGE.gauge()
        self.snapshot_bytes = SNAPSHOT_BYTES.gauge()
        self.published = PUBLISHED.counter()
        self.backlog = BACKLOG.gauge()
        self.alerts = ALERTS.counter()
        self.repeats = REPEATS.counter()
        self.late = LATE.counter()
        self.erased = ERASED.counter()
        self.dead_letters = DEAD_LETTERS.counter()
        self.held = HELD.gauge()
        self.rebuilds = REBUILDS.counter()
        self.undelivered = UNDELIVERED.counter()
        self.mismatched = MISMATCHED.gauge()
        self.verified = VERIFIED.gauge()


def serve(host: str, port: int) -> int:
    """Serves the metrics on that address; where another worker has the port, on the first free one from 100 above.

    Answers the port.

    Raises:
        OSError: none of the sixteen ports is free.
    """
    candidates = exposition.worker_ports(port)
    for candidate in candidates:
        try:
            exposition.serve_metrics(candidate, host)
        except OSError:
            if candidate == candidates[-1]:
                raise
        else:
            return candidate
    raise AssertionError("not reached")
