"""What flows, out of the parts' own metrics: counters at two moments in, the picture of the pipeline out."""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.groups import STORED, clickhouse_group
from schemas.settings import Settings
from schemas.topics import (
    CHURN_ALERTS,
    CUSTOMER_FEATURES,
    CUSTOMERS,
    DEAD_LETTERS,
    INTERACTIONS,
    PRODUCTS,
    TRANSACTIONS,
    Topic,
)

#: Sample name to labels to value, as schemas.scrape reads them.
Metrics = Mapping[str, Mapping[tuple[tuple[str, str], ...], float]]

EVENTS = (TRANSACTIONS, INTERACTIONS, CUSTOMERS, PRODUCTS)
#: Tables of events, and how the picture calls their rows.
TABLES = ("transactions", "interactions", "customers", "products")

#: The monitor of the sinks counts every five seconds: a rate over less would be nought or too much.
SHORTEST_SECONDS = 5.0

FAILURES = "c360_sinks_probe_failures_total"
#: What the monitor of the sinks says of a part: while it cannot look at the part, it says what it saw last.
SEEN_OF = {
    "kafka": ("c360_sinks_topic_records_total", "c360_sinks_lag_records"),
    "clickhouse": ("c360_sinks_freshness_seconds", "c360_sinks_stored_rows"),
}


@dataclass(frozen=True)
class Look:
    """All counters at one moment (seconds of a clock); a part that does not answer has none."""

    at: float
    producers: Metrics
    sinks: Metrics
    processors: Metrics
    engine: Metrics


@dataclass(frozen=True)
class Flow:
    """Rates are in records a second; None where nobody says, or nobody can know."""

    answering: Mapping[str, bool]
    topics: Mapping[str, float | None]
    sent: float | None
    stored: float | None
    processed: float | None
    published: float | None
    raised: float | None
    asked: float | None
    lag_stored: float | None
    lag_processed: float | None
    unpublished: float | None
    freshness: float | None
    rows: Mapping[str, float]
    customers: float | None
    open_letters: float | None
    totals: Mapping[str, float | None] = field(default_factory=dict)
    failing: Collection[str] = ()


def flow(settings: Settings, before: Look, now: Look, failing: Collection[str] = ()) -> Flow:
    """What happened between two looks; of the parts that are failing (keys of SEEN_OF) nothing is known."""
    seconds = now.at - before.at
    now = dataclasses.replace(now, sinks=_without(now.sinks, failing))
    prefix = settings.topic_prefix

    def rate(old: float | None, new: float | None) -> float | None:
        if old is None or new is None or seconds < SHORTEST_SECONDS:
            return None
        # A part that was started anew counts from nought.
        return (new - old if new >= old else new) / seconds

    def rates(part: str, metric: str) -> float | None:
        # Each for itself: of several workers one may be started anew, or gone.
        old, new = getattr(before, part).get(metric, {}), getattr(now, part).get(metric, {})
        found = [rate(old.get(labels), value) for labels, value in new.items()]
        known = [one for one in found if one is not None]
        return sum(known) if known else None

    def stored() -> float | None:
        old, new = _stored(settings, before), _stored(settings, now)
        if "clickhouse" in failing or old is None or new is None or seconds < SHORTEST_SECONDS:
            return None
        # No counter: a difference of two figures that are not of the same moment, and may fall a little.
        return max(0.0, new - old) / seconds

    topics = {
        topic.stream: rate(
            of_topic(before.sinks, "c360_sinks_topic_records_total", prefix + topic.stream),
            of_topic(now.sinks, "c360_sinks_topic_records_total", prefix + topic.stream),
        )
        for topic in (*EVENTS, CUSTOMER_FEATURES, CHURN_ALERTS)
    }
    known = [value for stream, value in topics.items() if value is not None and stream in {t.stream for t in EVENTS}]
    return Flow(
        answering={
            **{part: bool(getattr(now, part)) for part in ("producers", "processors", "engine")},
            **{part: bool(now.sinks) and part not in failing for part in SEEN_OF},
        },
        topics=topics,
        sent=sum(known) if known else None,
        stored=stored(),
        processed=rates("processors", "c360_stream_processors_events_total"),
        published=rates("processors", "c360_stream_processors_features_published_total"),
        raised=rates("processors", "c360_stream_processors_alerts_total"),
        asked=rates("engine", "c360_sinks_engine_queries_total"),
        lag_stored=_lag_stored(settings, now.sinks),
        lag_processed=total(now.processors, "c360_stream_processors_lag_records"),
        unpublished=total(now.processors, "c360_stream_processors_features_backlog_rows"),
        freshness=max(now.sinks.get("c360_sinks_freshness_seconds", {}).values(), default=None),
        rows={
            table: value
            for table in (*TABLES, "customer_features", "churn_alerts")
            if (value := now.sinks.get("c360_sinks_stored_rows", {}).get((("table", table),))) is not None
        },
        customers=total(now.processors, "c360_stream_processors_state_customers"),
        open_letters=of_topic(now.sinks, "c360_sinks_topic_records_total", prefix + DEAD_LETTERS.stream),
        totals={
            "topics": total(now.sinks, "c360_sinks_topic_records_total"),
            "processed": total(now.processors, "c360_stream_processors_events_total"),
            "raised": of_kind(now.processors, "raised"),
            "recovered": of_kind(now.processors, "recovered"),
        },
        failing=failing,
    )


def failed(before: Look, now: Look) -> list[str]:
    """The parts that the monitor of the sinks could not look at in between."""

    def failures(look: Look, part: str) -> float | None:
        return look.sinks.get(FAILURES, {}).get((("part", part),))

    return [part for part in SEEN_OF if _grown(failures(before, part), failures(now, part))]


def _grown(old: float | None, new: float | None) -> bool:
    return old is not None and new is not None and new > old


def _without(sinks: Metrics, failing: Collection[str]) -> Metrics:
    unknown = {name for part in failing for name in SEEN_OF[part]}
    return {name: values for name, values in sinks.items() if name not in unknown}


def total(metrics: Metrics, name: str) -> float | None:
    """The sum over all labels; None where there is no such sample."""
    values = metrics.get(name)
    return sum(values.values()) if values else None


def of_topic(metrics: Metrics, name: str, topic: str) -> float | None:
    """The value of one topic."""
    return metrics.get(name, {}).get((("topic", topic),))


def of_kind(metrics: Metrics, kind: str) -> float | None:
    """Alerts of one kind, by all workers."""
    values = metrics.get("c360_stream_processors_alerts_total", {})
    found = [value for labels, value in values.items() if ("kind", kind) in labels]
    return sum(found) if found else None


def _stored(settings: Settings, look: Look) -> float | None:
    """Records of events that ClickHouse has taken in: those in Kafka without those it is behind."""
    found = [
        records - behind
        for topic in EVENTS
        if (records := of_topic(look.sinks, "c360_sinks_topic_records_total", topic.name(settings))) is not None
        and (behind := _behind(settings, look.sinks, topic)) is not None
    ]
    return sum(found) if found else None


def _behind(settings: Settings, sinks: Metrics, topic: Topic) -> float | None:
    labels = (("group", clickhouse_group(settings, topic)), ("topic", topic.name(settings)))
    return sinks.get("c360_sinks_lag_records", {}).get(labels)


def _lag_stored(settings: Settings, sinks: Metrics) -> float | None:
    behind = [_behind(settings, sinks, topic) for topic in STORED]
    known = [value for value in behind if value is not None]
    return sum(known) if known else None


def picture(now: Flow) -> dict[str, Any]:
    """What the browser draws: cards with a figure and lines, and pipes with the seconds of a drop's way (0: still)."""
    return {
        "cards": [
            _card(
                "producers", "Producers", now.sent, "events/s", now.sent is not None and now.sent > 0,
                [("purchases", _per_second(now.topics.get(TRANSACTIONS.stream))),
                 ("looks and clicks", _per_second(now.topics.get(INTERACTIONS.stream)))],
            ),
            _card(
                "kafka", "Kafka", now.totals["topics"], "records", now.answering["kafka"],
                [("features", _per_second(now.topics.get(CUSTOMER_FEATURES.stream))),
                 ("alerts", _per_second(now.topics.get(CHURN_ALERTS.stream)))],
            ),
            _card(
                "processors", "Stream processors", now.processed, "events/s", now.answering["processors"],
                [("lag", _number(now.lag_processed)), ("customers", _number(now.customers))],
            ),
            _card(
                "results", "Features & churn alerts", now.published, "features/s", now.answering["processors"],
                [("alerts", _number(now.totals["raised"])), ("recovered", _number(now.totals["recovered"]))],
            ),
            _card(
                "clickhouse", "ClickHouse", now.stored, "rows/s", now.answering["clickhouse"],
                [("lag", _number(now.lag_stored)),
                 ("freshness", _age(now.freshness) if now.answering["clickhouse"] else "-")],
            ),
            _card(
                "questions", "SQL · Cypher · API", now.asked, "queries/s", now.answering["engine"],
                [(table, _number(now.rows.get(table))) for table in ("transactions", "interactions")],
            ),
        ],
        "pipes": {
            "send": _pace(now.sent),
            "process": _pace(now.processed),
            "publish": _pace(now.published),
            "store": _pace(now.stored),
            "ask": _pace(now.asked),
        },
        "letters": _number(now.open_letters),
    }  # fmt: skip


def _card(
    name: str, title: str, value: float | None, unit: str, well: bool, lines: list[tuple[str, str]]
) -> dict[str, Any]:
    return {"name": name, "title": title, "value": _number(value), "unit": unit, "well": well, "lines": lines}


def _pace(rate: float | None) -> float:
    """Seconds in which a drop moves on by one place: faster with the rate, by its order of magnitude."""
    if rate is None or rate <= 0:
        return 0.0
    digits = len(str(int(rate)))
    return round(max(0.15, 1.6 / digits), 2)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.1f}" if 0 < value < 10 and value != int(value) else f"{value:,.0f}"


def _per_second(value: float | None) -> str:
    return "-" if value is None else f"{_number(value)}/s"


def _age(value: float | None) -> str:
    return "nothing live" if value is None else f"{value:.1f} s"
