"""How old the newest event is that a reader can see, looked at from beside whatever else is measured."""

import contextlib
import threading
from collections.abc import Iterator

from clickhouse_connect.driver.client import Client

from schemas.clients import reader_client
from schemas.settings import Settings
from tests.bench.files import sql

LOOK_SECONDS = 0.25


def newest_age(client: Client) -> float | None:
    """Age in seconds of the newest event that can be queried, in the slowest table and partition; None without any."""
    age = client.query(sql("tests.bench", "visible_age")).result_rows[0][0]
    return None if age is None else float(age)


@contextlib.contextmanager
def watched(settings: Settings) -> Iterator[list[float]]:
    """Ages in seconds, looked at four times a second for as long as the block lasts."""
    ages: list[float] = []
    done, client = threading.Event(), reader_client(settings)

    def look() -> None:
        while not done.wait(LOOK_SECONDS):
            age = newest_age(client)
            if age is not None:
                ages.append(age)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield ages
    finally:
        done.set()
        thread.join()
        client.close()
