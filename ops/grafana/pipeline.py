"""The pipeline: what comes in, how far everybody is, and what it costs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from ops.grafana.frame import framed, quantile, row
from ops.grafana.panels import HALF, bounded, lines, number

UID = "customer360-pipeline"


def dashboard() -> Dashboard:
    """From Kafka to the tables and the features."""
    made = framed(
        UID, "pipeline", "Rates, lag, freshness, dead letters, and the cores and memory of parts.", "30m", "5s"
    )
    return _machine(_processors(_stored(_now(made))))


def _now(made: Dashboard) -> Dashboard:
    return (
        made.with_row(row("Now"))
        .with_panel(number(
            "Events into Kafka", "Transactions and interactions that Kafka takes a second, whoever sends them.", "cps",
            'sum(customer360:topic_records:rate2m{topic=~".*(transactions|interactions)"})',
        ))
        .with_panel(number(
            "Freshness, p99", "Age of the newest row that readers see, in one of a hundred looks.", "s",
            "max(customer360:freshness_seconds:p99)", bad_above=2,
        ))
        .with_panel(number(
            "Lag", "Records in Kafka that the group furthest behind has not committed.", "short",
            "max(customer360:lag_records:sum)", bad_above=100_000,
        ))
        .with_panel(number(
            "Dead letters", "Records that could not be used, of all time; they are kept whole.", "short",
            "sum(c360_sinks_dead_letters_records)", bad_above=1,
        ))
        .with_panel(number(
            "Refused by Kafka", "Records of running producers that Kafka refused or did not confirm in time.", "short",
            "sum(c360_producers_failed_records_total)", bad_above=1,
        ))
        .with_panel(number(
            "Backfill", "1 while a backfill is taken in, and 15 minutes after: some alerts are mute.", "short",
            "max(customer360:backfill:active)",
        ))
    )  # fmt: skip


def _stored(made: Dashboard) -> Dashboard:
    return (
        made.with_row(row("From Kafka to the tables"))
        .with_panel(lines(
            "Records into Kafka by topic", "What Kafka takes a second into each topic, whoever sends it.", "cps",
            ("sum by (topic) (rate(c360_sinks_topic_records_total[$__rate_interval]))", "{{topic}}"),
        ))
        .with_panel(bounded(
            "Freshness", "Age of the newest stored event in the slowest partition of each live stream.", "s", 2,
            ("c360_sinks_freshness_seconds", "{{topic}}"),
            ("customer360:freshness_seconds:p99", "{{topic}}, p99 of 10 minutes"),
        ))
        .with_panel(bounded(
            "Lag by group", "Records that each consumer group has not committed yet.", "short", 100_000,
            ("customer360:lag_records:sum", "{{group}}"),
        ))
        .with_panel(lines(
            "Producers", "What running producers send a second, what Kafka confirms, what it refuses.", "cps",
            ("sum by (stream) (rate(c360_producers_sent_records_total[$__rate_interval]))", "sent: {{stream}}"),
            ("sum(rate(c360_producers_acknowledged_records_total[$__rate_interval]))", "confirmed"),
            ("sum(rate(c360_producers_failed_records_total[$__rate_interval]))", "refused"),
        ))
        .with_panel(bounded(
            "Dead letter ratio", "Share of a topic's records of ten minutes that were of no use.", "percentunit", 0.01,
            ("customer360:dead_letters:ratio", "{{topic}}"),
        ))
        .with_panel(lines(
            "Behind the pace", "How late the next event of a running producer is against the rate it was given.", "s",
            ("max(c360_producers_pacing_lag_seconds)", "producer"),
        ))
        .with_panel(lines(
            "Stored rows", "Rows of each table, repeats that are not merged yet included.", "short",
            ("c360_sinks_stored_rows", "{{table}}"),
        ))
        .with_panel(lines(
            "Rollups behind", "Age of what each rollup holds while stored events are not in it yet.", "s",
            ("c360_sinks_rollup_lag_seconds", "{{rollup}}"),
        ))
        .with_panel(lines(
            "Parts and merges", "Parts of all tables, and merges that run: parts must not grow without end.", "short",
            ("c360_sinks_engine_parts", "parts"),
            ("c360_sinks_engine_merges", "merges"),
        ))
    )  # fmt: skip


def _processors(made: Dashboard) -> Dashboard:
    return (
        made.with_row(row("Stream processors"))
        .with_panel(lines(
            "Events counted", "Records that stream processors read a second, by topic.", "cps",
            ("sum by (topic) (rate(c360_stream_processors_events_total[$__rate_interval]))", "{{topic}}"),
        ))
        .with_panel(lines(
            "Features", "Rows of features published a second, and customers that still wait for theirs.", "short",
            ("sum(rate(c360_stream_processors_features_published_total[$__rate_interval]))", "published a second"),
            ("sum(c360_stream_processors_features_backlog_rows)", "waiting"),
        ))
        .with_panel(lines(
            "Left out", "Events a second that were repeats, late, of erased customers, or could not be used.", "cps",
            ("sum(rate(c360_stream_processors_repeats_total[$__rate_interval]))", "repeats"),
            ("sum(rate(c360_stream_processors_late_events_total[$__rate_interval]))", "late, counted"),
            ("sum(rate(c360_stream_processors_erased_events_total[$__rate_interval]))", "erased"),
            ("sum(rate(c360_stream_processors_dead_letters_total[$__rate_interval]))", "dead letters"),
        ))
        .with_panel(bounded(
            "Snapshots", "Age of the partitions' oldest snapshot, and what the last took to write.", "s", 120,
            ("max(c360_stream_processors_snapshot_age_seconds)", "age"),
            ("max(c360_stream_processors_snapshot_seconds)", "writing"),
        ))
        .with_panel(lines(
            "Watermark", "Event time between the newest event and the watermark; alerts wait that long.", "s",
            ("max(c360_stream_processors_watermark_delay_seconds)", "longest"),
        ))
        .with_panel(lines(
            "Records a batch", "Median of records worked through at once: small batches cost more.", "short",
            (quantile(0.5, "c360_stream_processors_batch_records", "topic"), "{{topic}}"),
        ))
    )  # fmt: skip


def _machine(made: Dashboard) -> Dashboard:
    return (
        made.with_row(row("Cores, memory, disk"))
        .with_panel(lines(
            "Cores by part", "Cores that each part of the embedded stack uses; 1 is all of one.", "short",
            ("sum by (part) (rate(c360_sinks_part_cpu_seconds_total[$__rate_interval]))", "{{part}}"), span=HALF,
        ))
        .with_panel(lines(
            "Memory by part", "Memory that each part of the embedded stack holds.", "bytes",
            ("sum by (part) (c360_sinks_part_resident_bytes)", "{{part}}"), span=HALF,
        ))
        .with_panel(lines(
            "Cores by scraped process", "Cores that each process uses which Prometheus asks, producers too.", "short",
            ("sum by (job) (rate(process_cpu_seconds_total[$__rate_interval]))", "{{job}}"), span=HALF,
        ))
        .with_panel(lines(
            "Machine", "Disk of C360_HOME that is free, and memory that is available.", "bytes",
            ("c360_sinks_disk_free_bytes", "disk free"),
            ("c360_sinks_memory_available_bytes", "memory available"), span=HALF,
        ))
    )  # fmt: skip
