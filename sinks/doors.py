"""What lets a stream's events in from Kafka: the queue, and the view on it."""

from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from schemas.topics import Topic
from sinks.cluster import on_cluster
from sinks.statements import queue, take


def shut(client: Client, settings: Settings, topic: Topic) -> None:
    """Takes both down; the queue first, which waits for its block to be stored."""
    for made in (queue(topic.stream), take(topic.stream)):
        # A table's name stands in no parameter; these are ours.
        client.command(f"DROP TABLE IF EXISTS {made}{on_cluster(settings.clickhouse_cluster)} SYNC")
