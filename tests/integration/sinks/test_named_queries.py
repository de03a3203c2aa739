"""Queries that say their name are timed by it; what else stands in log_comment is the engine's as ever."""

from collections.abc import Iterator

import pytest

from schemas.scrape import scrape
from tests.support.engine import RunningEngine, start_engine

COUNT = "c360_sinks_engine_named_query_seconds_count"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    with start_engine(tmp_path_factory.mktemp("named")) as running:
        yield running


def test_a_name_is_timed_and_not_a_setting(engine: RunningEngine) -> None:
    client = engine.client(engine.reader)
    for _ in range(2):
        settings = {"log_comment": "c360:sql:monthly_revenue", "final": 1}
        assert client.query("SELECT getSetting('log_comment')", settings=settings).result_rows == [("",)]
    counted = scrape(engine.metrics_port)[COUNT]
    assert counted == {(("language", "sql"), ("name", "monthly_revenue")): 2}


def test_another_comment_reaches_the_engine(engine: RunningEngine) -> None:
    client = engine.client(engine.reader)
    asked = client.query("SELECT getSetting('log_comment')", settings={"log_comment": "mine"})
    assert asked.result_rows == [("mine",)]
