"""How old the newest event is that a reader can see, looked at from beside whatever else is measured."""

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence

import neo4j
from clickhouse_connect.driver.client import Client

from tests.bench.files import cypher, sql
from tests.bench.statistics import quantile

LOOK_SECONDS = 0.25
#: Older than this is no live event.
LIVE = dt.timedelta(hours=1)

#: Age in seconds of the newest event that can be seen; None without any.
Look = Callable[[], float | None]


def newest_age(client: Client) -> float | None:
    """Age in seconds of the newest event that can be queried, in the slowest table and partition; None without any."""
    age = client.query(sql("tests.bench", "visible_age")).result_rows[0][0]
    return None if age is None else float(age)


def newest_edge_age(driver: neo4j.Driver) -> float | None:
    """Age in seconds of the newest edge of the kind that is further behind, purchases or interactions, by Cypher."""
    since = dt.datetime.now(dt.UTC) - LIVE
    row = driver.execute_query(cypher("tests.bench", "newest"), {"since": since}).records[0].values()
    return None if None in row else (dt.datetime.now(dt.UTC) - min(row).to_native()).total_seconds()


@contextlib.contextmanager
def watched(look: Look) -> Iterator[list[float]]:
    """Ages in seconds, looked at four times a second for as long as the block lasts."""
    ages: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            age = look()
            if age is not None:
                ages.append(age)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield ages
    finally:
        done.set()
        thread.join()


def quantiles(ages: Sequence[float]) -> dict[str, float]:
    """Their median and 99th percentile; nothing without any."""
    return {name: round(quantile(ages, share), 3) for name, share in {"p50": 0.5, "p99": 0.99}.items() if ages}
