"""Takes out of ClickHouse what it still has of customers who are erased for good: on the disk too, and as often as
something of theirs comes again, by a replay, a rebuild or a restore.

Who that is stands in erased_customers. What they did stays, by their number.
"""

import logging
from string import Template

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.clients import writer_client
from schemas.erasure import left, places
from schemas.errors import C360Error, first_line
from schemas.settings import Settings
from sinks import metrics
from sinks.background import Background
from sinks.cluster import SHARDING, on_cluster, shard
from sinks.statements import sql

log = logging.getLogger(__name__)

ERASED = "SELECT customer_id FROM erased_customers"


def erase(client: Client, settings: Settings) -> int:
    """Deletes what there is, waits until it is gone, and answers of how many customers something was found.

    Raises:
        ClickHouseError: it does not answer, or refuses.
    """
    cluster, found = settings.clickhouse_cluster, set()
    if not client.query(sql("erasure/any")).result_rows:
        # Nearly always: nothing else is looked at.
        return 0
    for place in places(settings):
        if not (customers := left(client, place, ERASED)):
            continue
        own = shard(place.table) if cluster and place.table in SHARDING else place.table
        words = {"customers": ", ".join(map(str, customers)), "on_cluster": on_cluster(cluster)}
        delete = Template(sql("erasure/delete")).substitute(place._replace(table=own)._asdict(), **words)
        client.command(delete, settings={"mutations_sync": 2})
        log.info("%s: rows of %d erased customers deleted", place.table, len(customers))
        found.update(customers)
    return len(found)


class Eraser(Background):
    """Looks every few seconds, beside whatever else the process does: a deletion waits for its turn among merges."""

    name = "eraser"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._client: Client | None = None
        self._left = metrics.ERASED_LEFT.gauge()

    def look(self) -> None:
        """One look; where ClickHouse does not answer it is said, and looked at again the next time."""
        try:
            self._client = self._client or writer_client(self._settings)
            self._left.set(erase(self._client, self._settings))
        except (C360Error, ClickHouseError, OSError) as error:
            if self._client is not None:
                self._client.close()
            self._client = None
            log.warning("%s", first_line(error))
