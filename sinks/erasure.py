"""Takes out of ClickHouse what it still has of customers who are erased for good: on the disk too, and as often as
something of theirs comes again, by a replay, a rebuild or a restore.

Who that is stands in erased_customers. What they did stays, by their number.
"""

import logging
from string import Template
from typing import NamedTuple

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.clients import writer_client
from schemas.errors import C360Error, first_line
from schemas.ids import LAST_VERSION
from schemas.settings import Settings
from schemas.topics import CUSTOMERS
from sinks import metrics
from sinks.background import Background
from sinks.cluster import SHARDING, on_cluster, shard
from sinks.statements import sql

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A table, whose rows they are, and which of these go."""

    table: str
    customer: str
    condition: str


def places(settings: Settings) -> list[Place]:
    """Where something stands that erased customers leave behind beside what they did.

    Of the customers themselves the record stays that erased them: it is without a name, and hides every older one.
    """
    # A letter of theirs can never be replayed: what it holds is older than the last version.
    number = "toUInt32OrZero(ifNull(key, ''))"
    letters = f"topic = '{CUSTOMERS.name(settings)}' AND toString({number}) = key"
    # Builds of before the erasure; a cluster has no rollups.
    builds = Place("rollup_customer_snapshots", "customer_id", "1")
    return [
        Place("customers", "customer_id", f"version < {LAST_VERSION}"),
        Place("customer_features", "customer_id", "1"),
        Place("churn_alerts", "customer_id", "1"),
        Place("recommendation_lists", "customer_id", "1"),
        Place("dead_letters", number, letters),
        *([] if settings.clickhouse_cluster else [builds]),
    ]


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
        rows = client.query(_statement("left", **place._asdict())).result_rows
        if not rows:
            continue
        customers = sorted(int(number) for (number,) in rows)
        own = shard(place.table) if cluster and place.table in SHARDING else place.table
        words = {"customers": ", ".join(map(str, customers)), "on_cluster": on_cluster(cluster)}
        client.command(
            _statement("delete", **{**place._asdict(), "table": own}, **words), settings={"mutations_sync": 2}
        )
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


def _statement(name: str, **words: str) -> str:
    return Template(sql(f"erasure/{name}")).substitute(words)
