"""From counters of two moments to what flows, and to the picture of it."""

from queries.console.flow import EVENTS, FAILURES, Look, Metrics, failed, flow, picture
from schemas.groups import clickhouse_group
from schemas.settings import Settings

HERE = Settings()
NOTHING = Look(0.0, {}, {}, {}, {})


def labels(**named: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(named.items()))


def sinks(records: float, behind: float, freshness: float | None = None) -> Metrics:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {
        "c360_sinks_topic_records_total": {labels(topic=topic.name(HERE)): records for topic in EVENTS},
        "c360_sinks_lag_records": {
            labels(topic=topic.name(HERE), group=clickhouse_group(HERE, topic)): behind for topic in EVENTS
        },
        "c360_sinks_stored_rows": {labels(table="transactions"): 12.0},
    }
    if freshness is not None:
        found["c360_sinks_freshness_seconds"] = {labels(topic="a"): freshness, labels(topic="b"): 0.1}
    return found


def processors(events: float, raised: float = 0.0) -> Metrics:
    return {
        "c360_stream_processors_events_total": {labels(topic="a"): events, labels(topic="b"): events},
        "c360_stream_processors_alerts_total": {labels(kind="raised"): raised, labels(kind="recovered"): 1.0},
    }


def test_rates_are_differences_over_the_time_between() -> None:
    before = Look(10.0, {}, sinks(100, 20), processors(50), {})
    now = Look(20.0, {}, sinks(300, 40, freshness=1.5), processors(100, raised=5), {})
    found = flow(HERE, before, now)
    assert found.topics["transactions"] == 20.0
    assert found.sent == 4 * 20.0
    # 200 more in Kafka, of which 20 more are still to be stored.
    assert found.stored == 4 * 18.0
    assert found.processed == 10.0
    assert found.lag_stored == 4 * 40.0
    assert found.freshness == 1.5
    assert found.totals["raised"] == 5
    assert found.rows == {"transactions": 12.0}


def test_a_part_that_was_started_anew_counts_from_nought() -> None:
    before = Look(10.0, {}, {}, processors(1000), {})
    assert flow(HERE, before, Look(20.0, {}, {}, processors(20), {})).processed == 4.0


def test_nothing_is_stored_while_clickhouse_stands_still_though_it_is_further_behind() -> None:
    # The lag is of a later moment than the records: 100 more to store, 90 more counted.
    before, now = Look(10.0, {}, sinks(1000, 200), {}, {}), Look(20.0, {}, sinks(1090, 300), {}, {})
    assert flow(HERE, before, now).stored == 0.0


def test_a_group_of_another_database_is_no_lag_of_this_one() -> None:
    seen = {name: dict(values) for name, values in sinks(100, 20).items()}
    seen["c360_sinks_lag_records"][labels(topic=EVENTS[0].name(HERE), group="my-clickhouse-copy")] = 7_000.0
    assert flow(HERE, NOTHING, Look(10.0, {}, seen, {}, {})).lag_stored == 4 * 20.0


def test_the_figures_of_all_workers_are_added_up_and_one_that_has_gone_is_no_restart() -> None:
    def by(**counted: float) -> Metrics:
        name = "c360_stream_processors_alerts_total"
        values = {labels(kind="raised", worker=worker): value for worker, value in counted.items()}
        return {name: values, "c360_stream_processors_lag_records": values}

    before = Look(10.0, {}, {}, by(first=1000, second=500), {})
    both = flow(HERE, before, Look(20.0, {}, {}, by(first=1100, second=600), {}))
    assert both.raised == 20.0
    assert both.totals["raised"] == 1700
    assert both.lag_processed == 1700
    assert flow(HERE, before, Look(20.0, {}, {}, by(first=1100), {})).raised == 10.0
    assert flow(HERE, before, Look(20.0, {}, {}, by(first=1100, second=50), {})).raised == 15.0


def test_too_short_a_time_makes_no_rate() -> None:
    before = Look(10.0, {}, sinks(100, 0), processors(50), {})
    found = flow(HERE, before, Look(12.0, {}, sinks(100, 0), processors(52), {}))
    assert found.sent is None
    assert found.processed is None
    assert found.lag_stored == 0.0


def test_what_does_not_answer_is_said_to_be_unknown_and_nothing_moves() -> None:
    found = flow(HERE, NOTHING, Look(10.0, {}, {}, {}, {}))
    drawn = picture(found)
    assert not any(found.answering.values())
    assert {card["value"] for card in drawn["cards"]} == {"-"}
    assert set(drawn["pipes"].values()) == {0.0}
    assert not any(card["well"] for card in drawn["cards"])


def probed(metrics: Metrics, kafka: float, clickhouse: float) -> Metrics:
    """With the failures that the monitor of the sinks has counted."""
    return {**metrics, FAILURES: {labels(part="kafka"): kafka, labels(part="clickhouse"): clickhouse}}


def test_what_cannot_be_looked_at_is_not_well_and_what_was_seen_of_it_last_is_not_shown() -> None:
    before = Look(10.0, {}, probed(sinks(100, 20), 3, 0), {}, {})
    now = Look(20.0, {}, probed(sinks(100, 20, freshness=1.5), 4, 2), {}, {})
    down = failed(before, now)
    assert down == ["kafka", "clickhouse"]
    cards = {card["name"]: card for card in picture(flow(HERE, before, now, down))["cards"]}
    for name in ("kafka", "clickhouse", "producers"):
        assert not cards[name]["well"]
        assert cards[name]["value"] == "-"
        assert {value for _, value in cards[name]["lines"]} == {"-"}


def test_failures_of_long_ago_are_past() -> None:
    before = Look(10.0, {}, probed(sinks(100, 20), 3, 7), {}, {})
    now = Look(20.0, {}, probed(sinks(100, 20), 3, 7), {}, {})
    assert failed(before, now) == []
    cards = {card["name"]: card for card in picture(flow(HERE, before, now))["cards"]}
    assert cards["kafka"]["well"]
    assert cards["clickhouse"]["well"]
    assert cards["clickhouse"]["lines"][0] == ("lag", "80")


def test_one_part_that_is_down_takes_nothing_from_the_other() -> None:
    before, now = (Look(at, {}, probed(sinks(at * 10, 0), 0, at), {}, {}) for at in (10.0, 20.0))
    found = flow(HERE, before, now, failed(before, now))
    assert found.answering["kafka"]
    assert not found.answering["clickhouse"]
    assert found.sent == 40.0
    assert found.stored is None
    assert found.rows == {}


def test_drops_move_faster_with_every_order_of_magnitude() -> None:
    def pace(records: float) -> float:
        drawn = picture(flow(HERE, Look(0.0, {}, sinks(0, 0), {}, {}), Look(10.0, {}, sinks(records, 0), {}, {})))
        return float(drawn["pipes"]["send"])

    assert pace(10) > pace(1_000) > pace(100_000) > 0
