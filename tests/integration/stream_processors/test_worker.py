"""Workers on a real Kafka: killed, shared, fed with garbage; every event counts once and no alert is missing."""

import functools
import logging
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.groups import stream_processors_group
from schemas.settings import settings
from schemas.topics import CHURN_ALERTS, CUSTOMER_FEATURES, DEAD_LETTERS, INTERACTIONS
from tests.integration.stream_processors.world import Reader, Shop, features_are, newest
from tests.support.groups import session_timeouts
from tests.support.recomputation import Inputs
from tests.support.stack import own_settings
from tests.support.waiting import wait_for


def has(reader: Reader, count: int) -> bool:
    return len(reader.read()) >= count


def test_kills_lose_nothing_and_count_nothing_twice(shop: Shop) -> None:
    features, alerts = shop.reader(CUSTOMER_FEATURES), shop.reader(CHURN_ALERTS)
    worker, day = shop.worker(), 0
    for kill in range(2):
        wanted = len(features.read()) + 50 * (kill + 1)
        for _ in range(40):
            shop.feed.send(200, day)
            day += 1
        shop.feed.producer.flush()
        wait_for(functools.partial(has, features, wanted), "rows are published", 60)
        worker.kill()
        worker = shop.worker()
    for _ in range(30):
        shop.feed.send(200, day)
        day += 1
    shop.feed.producer.flush()
    wait_for(lambda: features_are(shop.feed, features.read()), "the features say what was sent", 60)
    wait_for(lambda: {alert["kind"] for alert in alerts.read()} == {"raised", "recovered"}, "alerts of both kinds", 60)
    assert worker.stop() == 0
    published = {alert["alert_id"]: alert for alert in alerts.read()}

    # Another worker that knows nothing comes to the same alerts, with the same words.
    again = shop.worker(C360_HOME=str(shop.folder / "elsewhere"))
    count = len(alerts.records)
    wait_for(lambda: len(alerts.read()) >= count + len(published), "the alerts are sent again", 60)
    assert again.stop() == 0
    assert {alert["alert_id"]: alert for alert in alerts.read()[count:]} == published


def test_two_workers_share_and_one_takes_over(shop: Shop) -> None:
    features = shop.reader(CUSTOMER_FEATURES)
    first = shop.worker()
    for day in range(20):
        shop.feed.send(300, day)
    shop.feed.producer.flush()
    wait_for(lambda: features_are(shop.feed, features.read()), "the first worker counts", 60)
    second = shop.worker()
    wait_for(lambda: shop.log().count("goes on from") >= 2, "the second worker takes partitions over", 60)
    for day in range(20, 40):
        shop.feed.send(300, day)
    shop.feed.producer.flush()
    wait_for(lambda: features_are(shop.feed, features.read()), "both count", 60)
    # What they have told Kafka of how soon they are missed: the one that dies is, 6 s after it was last heard of.
    group = stream_processors_group(shop.settings)
    wait_for(lambda: session_timeouts(shop.settings, group) == [6000, 6000], "both are in the group, with 6 s each")
    first.kill()
    for day in range(40, 60):
        shop.feed.send(300, day)
    shop.feed.producer.flush()
    wait_for(lambda: features_are(shop.feed, features.read()), "the second goes on alone", 60)
    assert second.stop() == 0


def test_a_third_joins_and_one_is_killed_while_events_flow(shop: Shop) -> None:
    """Each time only what must moves, and in the end every feature of every customer is as recomputed."""
    features, day = shop.reader(CUSTOMER_FEATURES), 0.0

    def flowing(condition: Callable[[], bool]) -> bool:
        nonlocal day
        day += 0.25
        shop.feed.send(50, day)
        features.read()
        return condition()

    first = shop.worker(log="first")
    wait_for(lambda: flowing(lambda: len(shop.taken("first")) == 4), "the first has all", 60)
    second = shop.worker(log="second")
    wait_for(lambda: flowing(lambda: len(shop.taken("second")) == 2), "the second has half", 60)
    third = shop.worker(log="third")
    wait_for(lambda: flowing(lambda: len(shop.taken("third")) == 1), "the third has one", 60)
    count = len(features.records) + 200
    wait_for(lambda: flowing(lambda: len(features.records) > count), "all go on", 60)
    assert [len(shop.taken(name)) for name in ("first", "second", "third")] == [4, 2, 1]

    second.kill()
    held = set(shop.taken("second")) - set(shop.taken("third"))
    wait_for(lambda: flowing(lambda: len(shop.taken("first") + shop.taken("third")) == 5 + len(held)), "moved", 60)
    assert set(shop.taken("first")[4:] + shop.taken("third")[1:]) == held
    shop.feed.producer.flush()
    wait_for(lambda: features_are(shop.feed, features.read()), "all is counted", 60)
    inputs, rows = Inputs(shop.settings), newest(features.records)
    assert (inputs.behind(rows), inputs.mismatches(rows)) == ([], [])
    assert [first.stop(), third.stop()] == [0, 0]
    lines = [line for name in ("second", "third") for line in shop.log(name).splitlines()]
    assert not [line for line in lines if "rebuilt" in line or "cannot be used" in line]


def test_categories_follow_the_products_whenever_these_come(shop: Shop) -> None:
    features = shop.reader(CUSTOMER_FEATURES)

    def all_have(count: int) -> bool:
        rows = newest(features.read()).values()
        return features_are(shop.feed, rows) and all(row["categories"] == (row["orders"] > 0) * count for row in rows)

    worker = shop.worker()
    shop.feed.send(300, 0)
    shop.feed.producer.flush()
    wait_for(lambda: all_have(0), "a product that is nowhere is in no category", 60)
    shop.feed.product("Home", 2)
    wait_for(lambda: all_have(1), "purchases from before the product count", 60)
    worker.kill()
    shop.feed.product("Books", 1)  # older: nothing
    shop.feed.send(300, 1)
    shop.feed.producer.flush()
    worker = shop.worker()
    wait_for(lambda: all_have(1), "another worker knows the products too", 60)
    shop.feed.product("Home", 3, deleted=True)
    wait_for(lambda: all_have(0), "what is withdrawn is in no category", 60)
    assert worker.stop() == 0


def test_faust_s_own_command_and_bad_records(shop: Shop) -> None:
    features, letters = shop.reader(CUSTOMER_FEATURES), shop.reader(DEAD_LETTERS)
    worker = shop.worker("-m", "faust", "-A", "stream_processors.app", "worker", "--without-web", "-l", "info")
    garbage = [b"", b"garbage", b"\0\0\0\xff\xff rubbish", b"\0" + shop.ids[INTERACTIONS.stream].to_bytes(4, "big")]
    topic = INTERACTIONS.name(shop.settings)
    for at, value in enumerate(garbage):
        shop.feed.send(100, at)
        shop.feed.producer.produce(topic, value, b"7")
    shop.feed.send(100, len(garbage))
    shop.feed.producer.flush()
    wait_for(lambda: features_are(shop.feed, features.read()), "the good ones count", 60)
    wait_for(lambda: len(letters.read()) == len(garbage), "the bad ones are dead letters", 60)
    worker.stop()
    assert {letter["value"] for letter in letters.records} == set(garbage)
    assert {letter["key"] for letter in letters.records} == {b"7"}
    assert {letter["topic"] for letter in letters.records} == {topic}
    named = {f"{each['topic']}-{each['partition']}-{each['offset']}".encode() for each in letters.records}
    assert set(letters.keys) == named
    assert all(letter["error"] for letter in letters.records)


def test_without_a_broker_it_says_so_once_and_fails(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("stream_processors", "stream_processors.batching", "stream_processors.processor.service"):
        caplog.set_level(logging.NOTSET, name)  # the program sets these; the tests after it find them as they were
    own = own_settings(tmp_path)
    monkeypatch.setenv("C360_KAFKA_PORT", str(own.kafka_port))
    monkeypatch.setenv("C360_HOME", str(tmp_path))
    monkeypatch.setattr("schemas.provision.TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(sys, "argv", ["stream_processors", "--wait", "0"])
    settings.cache_clear()
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("stream_processors", run_name="__main__")
    settings.cache_clear()
    assert ended.value.code == 1
    said = capfd.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"Error: Kafka at 127.0.0.1:{own.kafka_port} does not answer")
