"""What a running producer reports about itself."""

from schemas.metrics import MetricDef, unique

SENT = MetricDef(
    "counter",
    "c360_producers_sent_records_total",
    "Records handed to Kafka's client, by stream.",
    "If it stands still during a run, the queue is full: look at c360_producers_queue_records.",
    ("stream",),
)
ACKNOWLEDGED = MetricDef(
    "counter",
    "c360_producers_acknowledged_records_total",
    "Records that Kafka has confirmed.",
    "If it falls behind what is sent, the brokers are slow or away: 'c360 status', 'c360 logs kafka'.",
)
FAILED = MetricDef(
    "counter",
    "c360_producers_failed_records_total",
    "Records that Kafka has refused, or not confirmed in time.",
    "Above 0 something was lost: the producer says the reason; mend it and send the same run again.",
)
RATE = MetricDef(
    "gauge",
    "c360_producers_rate_records_per_second",
    "Records sent per second over the last second or so.",
    "Below what was asked for: look at the pacing lag and at the processor's load.",
)
QUEUE = MetricDef(
    "gauge",
    "c360_producers_queue_records",
    "Records that wait in the client for Kafka's confirmation.",
    "If it grows towards 200,000 the brokers don't keep up; sending then waits, nothing is lost.",
)
PACING_LAG = MetricDef(
    "gauge",
    "c360_producers_pacing_lag_seconds",
    "How late the next event is against the pace that was asked for.",
    "Above a second for long the machine or the brokers are too slow for the rate: lower it, or raise --workers.",
)

METRICS = unique((SENT, ACKNOWLEDGED, FAILED, RATE, QUEUE, PACING_LAG))
