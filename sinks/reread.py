"""Has what was stored in parts that are torn stored again: a power cut leaves such parts, and a disk that was full."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from schemas.groups import STORED
from schemas.topics import Topic
from sinks.background import Asking
from sinks.erasure import erase_again
from sinks.installation import note, noted
from sinks.migrate import existing, forget_rollups, migrate
from sinks.reset_offsets import Offsets, Reset, move
from sinks.statements import is_by_client, rollup_objects, sql

log = logging.getLogger(__name__)

#: Under this name it is noted up to when torn parts were seen to.
TORN = "torn"
#: What was stored so long before an engine's end is on the disk: Linux keeps it back for half a minute.
WRITTEN_SECONDS = 120


class Reread(Asking):
    """Looks for torn parts, and moves the Kafka engine's readers back to some time before the engine ended.

    What is there is known as a repeat. Rollups of which a part is torn, or a definition, are made anew.
    """

    name = "reread"
    every_seconds = 5.0

    def ask(self, client: Client) -> None:
        """One look. Torn parts are noted at the end: whoever starts after a death in between sees to them."""
        if missing := set(rollup_objects()) - existing(client, self._settings):
            log.warning("%s are missing: the rollups are made anew", ", ".join(sorted(missing)))
            migrate(client, self._settings)
        words = {"noted": int(noted(client, TORN) or 0)}
        tables, first, last = client.query(sql("torn"), parameters=words).result_rows[0]
        if tables:
            start = f"{datetime.fromtimestamp(first, UTC):%Y-%m-%dT%H:%M:%SZ}"
            log.warning("%s had parts that were torn when the engine started at %s", ", ".join(tables), start)
            if not set(tables).isdisjoint(rollup_objects()):
                forget_rollups(client)
            erase_again(client, self._settings)
            self._again(client, first)
            note(client, TORN, str(last))

    def _again(self, client: Client, start: int) -> None:
        """Has the topics read again. A client of the queues is in nobody's hand: it is said what to do."""
        if is_by_client(self._settings):
            log.warning("Read the topics again from some minutes before its end: c360 reset-offsets")
            migrate(client, self._settings)
            return
        words = {"start": start, "seconds": WRITTEN_SECONDS}
        stored: dict[str, dict[int, int]] = {}
        for topic, partition, offset in client.query(sql("stored_before"), parameters=words).result_rows:
            stored.setdefault(topic, {})[partition] = offset
        move(self._settings, dict(self._back(topic, stored.get(topic.name(self._settings), {})) for topic in STORED))
        log.warning("What came from %d s before its end on is read again", WRITTEN_SECONDS)

    def _back(self, topic: Topic, stored: Mapping[int, int]) -> tuple[Reset, Offsets]:
        """To where its partitions had been stored; to their begin, where nothing was."""
        reset = Reset(self._settings, topic)
        return reset, {number: span.back_to(stored.get(number, span.begin)) for number, span in reset.spans().items()}
