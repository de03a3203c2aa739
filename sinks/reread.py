"""Has what was stored in parts that are torn stored again: a power cut leaves such parts, and a disk that was full."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from schemas.groups import STORED
from schemas.topics import Topic
from sinks.background import Asking
from sinks.erasure import erase_again
from sinks.migrate import forget_rollups, note, noted
from sinks.reset_offsets import Offsets, Reset, move
from sinks.statements import rollup_objects, sql

log = logging.getLogger(__name__)

#: Under this name it is noted up to when torn parts were seen to.
TORN = "torn"
#: Longer than a block is being stored: what was stored so long before a part was written is in other parts.
BLOCK_SECONDS = 30


class Reread(Asking):
    """Looks for torn parts, and moves the Kafka engine's readers back to before the first of them was written.

    What is there is known as a repeat; what rollups are torn are computed anew.
    """

    name = "reread"
    every_seconds = 5.0

    def ask(self, client: Client) -> None:
        """One look. Torn parts are noted at the end: whoever starts after a death in between sees to them."""
        words = {"noted": int(noted(client, TORN) or 0)}
        tables, first, last = client.query(sql("torn"), parameters=words).result_rows[0]
        if not tables:
            return
        since = datetime.fromtimestamp(first, UTC)
        log.warning(
            "%s have parts that are torn, the first of %s: what came since then is read again",
            ", ".join(tables), f"{since:%Y-%m-%dT%H:%M:%SZ}",
        )  # fmt: skip
        if not set(tables).isdisjoint(rollup_objects()):
            forget_rollups(client)
        erase_again(client, self._settings)
        rows = client.query(sql("stored_before"), parameters={"before": first - BLOCK_SECONDS}).result_rows
        stored: dict[str, dict[int, int]] = {}
        for topic, partition, offset in rows:
            stored.setdefault(topic, {})[partition] = offset
        move(self._settings, dict(self._back(topic, stored.get(topic.name(self._settings), {})) for topic in STORED))
        note(client, TORN, str(last))

    def _back(self, topic: Topic, stored: Mapping[int, int]) -> tuple[Reset, Offsets]:
        """To where its partitions had been stored; to their begin, where nothing was."""
        reset = Reset(self._settings, topic)
        return reset, {number: span.back_to(stored.get(number, span.begin)) for number, span in reset.spans().items()}
