"""What lets a stream's events in from Kafka: the queue, and the view on it."""

from collections.abc import Iterable

from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from schemas.topics import Topic
from sinks.cluster import on_cluster
from sinks.statements import queue, take


def drop(client: Client, settings: Settings, names: Iterable[str]) -> None:
    """Takes tables and views down one after another, those that are there, and waits until each is gone."""
    for name in names:
        # A table's name stands in no parameter; these are ours.
        client.command(f"DROP TABLE IF EXISTS {name}{on_cluster(settings.clickhouse_cluster)} SYNC")


def shut(client: Client, settings: Settings, topic: Topic) -> None:
    """Takes both down; the queue first, which waits for its block to be stored."""
    drop(client, settings, (queue(topic.stream), take(topic.stream)))
