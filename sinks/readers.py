"""Who takes events in as a client: what it inserts while the way in is made anew would be lost, and count as stored."""

import time

from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from schemas.errors import C360Error, no_kafka
from schemas.groups import STORED, clickhouse_group
from schemas.settings import Settings
from sinks.statements import SESSION_TIMEOUT_MS, sql

TIMEOUT_SECONDS = 10.0
#: As long as Kafka may take to see that a consumer has gone, twice.
LEAVE_SECONDS = 2 * SESSION_TIMEOUT_MS / 1000
POLL_SECONDS = 0.2
#: What a group's coordinator says while it starts, or moves.
NOT_YET = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}
)


def refuse_readers(client: Client, settings: Settings, leave_seconds: float = LEAVE_SECONDS) -> None:
    """Returns once nobody inserts into the queues there are. The Kafka engine's own members are no concern.

    Raises:
        UnreachableError: Kafka does not answer.
        C360Error: a process goes on taking events in.
    """
    if not _is_fed_by_client(client, settings):
        return
    until = time.monotonic() + leave_seconds
    while busy := busy_groups(settings):
        if time.monotonic() > until:
            raise C360Error(
                f"The way in cannot be taken down while somebody reads for {', '.join(busy)}: what is inserted "
                "meanwhile would be lost. End `python -m sinks.ingest` first, do this again, and start it afterwards."
            )
        time.sleep(POLL_SECONDS)


def busy_groups(settings: Settings, admin: AdminClient | None = None) -> list[str]:
    """The groups of what is stored that have members, or of which a broker that is starting cannot say it yet.

    Raises:
        UnreachableError: Kafka does not answer.
    """
    admin = admin or AdminClient({**settings.kafka_client, "log_level": 0})
    names = [clickhouse_group(settings, topic) for topic in STORED]
    found = []
    try:
        for name, future in admin.describe_consumer_groups(names, request_timeout=TIMEOUT_SECONDS).items():
            try:
                if future.result().members:
                    found.append(name)
            except KafkaException as error:
                code = error.args[0].code()
                if code in NOT_YET:
                    found.append(name)
                # Else nobody has read for it yet.
                elif code != KafkaError.GROUP_ID_NOT_FOUND:
                    raise
    except KafkaException as error:
        raise no_kafka(settings.bootstrap, error.args[0].str()) from None
    return found


def _is_fed_by_client(client: Client, settings: Settings) -> bool:
    rows = client.query(sql("open_queues"), parameters={"database": settings.clickhouse_database}).result_rows
    return any(row[0] for row in rows)
