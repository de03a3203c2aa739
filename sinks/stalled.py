"""Makes readers anew that have left their group for good.

librdkafka, inside of ClickHouse, may stay out when a broker comes back amid its first rebalance: it polls on, has no
partitions, and nothing says so but the lag (seen once, when a whole stack was started again).
"""

import logging
import time
from collections.abc import Callable

from clickhouse_connect.driver.client import Client
from confluent_kafka.admin import AdminClient

from schemas.groups import STORED, clickhouse_group
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.background import Asking
from sinks.doors import shut
from sinks.migrate import existing
from sinks.readers import busy_groups
from sinks.statements import door, queue, take
from sinks.turn import turn

log = logging.getLogger(__name__)

#: Longer than a start, or a rebalance of a busy machine, takes.
STALLED_SECONDS = 60.0


class Stalled(Asking):
    """Looks whether each of the Kafka engine's readers is a member of its group."""

    name = "stalled"
    every_seconds = 5.0

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings)
        self._clock = clock
        self._admin = AdminClient({**settings.kafka_client, "log_level": 0})
        self.out: dict[Topic, float] = {}  # since when a reader is seen to be

    def ask(self, client: Client) -> None:
        """One look. Whatever does not answer may be why readers are out: they are given time anew."""
        before, self.out = self.out, {}
        now = self._clock()
        self.out = {topic: before.get(topic, now) for topic in self._out(client)}
        for topic, since in list(self.out.items()):
            if now - since >= STALLED_SECONDS:
                self._anew(client, topic)
                del self.out[topic]

    def _out(self, client: Client) -> list[Topic]:
        """The streams that have a reader which is no member of its group."""
        made = existing(client, self._settings)
        busy = busy_groups(self._settings, self._admin)
        return [
            topic
            for topic in STORED
            if {queue(topic.stream), take(topic.stream)} <= made and clickhouse_group(self._settings, topic) not in busy
        ]

    def _anew(self, client: Client, topic: Topic) -> None:
        with turn(self._settings):
            if take(topic.stream) not in existing(client, self._settings):
                return  # it is held since
            shut(client, self._settings, topic)
            for statement in door(self._settings, topic):
                client.command(statement)
        name = topic.name(self._settings)
        log.warning("%s: its reader was out of its group for %.0f s, it is made anew", name, STALLED_SECONDS)
