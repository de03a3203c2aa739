"""Takes out of ClickHouse what it still has of customers who are erased for good: on the disk too, and as often as
something of theirs comes again, by a replay, a rebuild or a restore.

Who that is stands in erased_customers. What they did stays, by their number.
"""

import logging
from string import Template

from clickhouse_connect.driver.client import Client

from schemas.erased import RESTORED, remember, remembered
from schemas.erasure import erasure, left, places, send
from schemas.settings import STACK_FILE, Settings
from sinks import metrics
from sinks.background import Asking
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


def erase_again(client: Client, settings: Settings) -> int:
    """Erases whom C360_HOME remembers and the database does not, as after the restore of an older backup; how many.

    Kafka has it first: whoever is killed in between does all of it again. The tables are not told by way of the topic,
    so that no reader need wait for it.

    Raises:
        C360Error: Kafka or the registry does not take it, or what is remembered cannot be read.
        ClickHouseError: it does not answer, or refuses.
    """
    restored = settings.home / RESTORED
    wanted, known, is_restored = remembered(settings), _erased(client), restored.exists()
    missing = sorted(wanted - known)
    # A database that is elsewhere, and knows, says nothing of what a Kafka that was restored lacks.
    if told := sorted(wanted | known) if is_restored else missing:
        send(settings, told)
    if missing:
        records = [erasure(number) for number in missing]
        client.insert("customers", [list(one.values()) for one in records], column_names=list(records[0]))
        client.insert("erased_customers", [[number] for number in missing], column_names=["customer_id"])
        log.info("%d customers were erased after this was stored: they are erased again", len(missing))
    if missing or is_restored:
        erase(client, settings)
        restored.unlink(missing_ok=True)
    return len(missing)


def note(client: Client, settings: Settings, before: int = 0) -> int:
    """Keeps in the home of a stack who is erased, also from elsewhere, or since before it was kept there.

    Nothing is done where it is still as many as `before`; answers how many it is now.

    Raises:
        C360Error: it cannot be written.
        ClickHouseError: it does not answer, or refuses.
    """
    count = int(client.query(sql("erasure/count")).result_rows[0][0])
    if count != before and (settings.home / STACK_FILE).exists():
        remember(settings, _erased(client))
    return count


def _erased(client: Client) -> set[int]:
    return {int(number) for (number,) in client.query(ERASED).result_rows}


class Eraser(Asking):
    """Looks every few seconds, beside whatever else the process does: a deletion waits for its turn among merges."""

    name = "eraser"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._left = metrics.ERASED_LEFT.gauge()
        self._noted = 0

    def ask(self, client: Client) -> None:
        """One look; deletes what there is, and keeps who is erased."""
        self._left.set(erase(client, self._settings))
        self._noted = note(client, self._settings, self._noted)
