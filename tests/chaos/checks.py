"""What must be so in the end, whatever was done: each check is a number, and 0 is well."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from clickhouse_connect.driver.client import Client
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from numpy.typing import NDArray

from queries import values
from queries.catalogue import Query, catalogue
from queries.database import EXACT, HttpDatabase
from queries.runner import Runner
from schemas.clients import writer_client
from schemas.groups import groups
from schemas.lag import committed, end_offsets
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, INTERACTIONS, TRANSACTIONS
from sinks.statements import sql
from tests.bench.audit import audit
from tests.chaos.files import whole
from tests.chaos.poison import Poison, apart, letters
from tests.support.verification import verified

Ids = Mapping[str, NDArray[np.uint64]]
#: For dead letters to be stored, and offsets to be committed, of what is stored and counted otherwise.
PATIENCE_SECONDS = 90.0
#: More poison than a run sends.
MOST_LETTERS = 1_000_000
#: Rollups of which not one month is built for so long do not come to an end: the largest is built in one piece, and
#: where a segment or a category has changed, a month of sales waits five minutes for each million purchases it has.
ROLLUP_SECONDS = 3600.0
#: Rows told of a report that differs.
TOLD = 3
#: Nobody may be without a category, or away for long; of any history the other reports have rows.
MAY_BE_EMPTY = frozenset({"category_gaps", "churn_risk"})
#: Of a history of tens of millions of events on slow cores; each of its queries has the reader's limit.
VERIFY_SECONDS = 3600.0


def audited(settings: Settings, acknowledged: Ids) -> dict[str, int]:
    """Acknowledged events that are not in Kafka or not in the tables, and rows that are seen twice."""
    found = [audit(settings, topic, acknowledged[topic.stream]) for topic in (TRANSACTIONS, INTERACTIONS)]
    return {"lost": sum(one.lost for one in found), "duplicates": sum(one.duplicates_visible for one in found)}


def features(environment: Mapping[str, str]) -> dict[str, int]:
    """Customers whose features are not what their raw rows say, or cannot be judged."""
    found = verified(environment, VERIFY_SECONDS)
    if not found["customers"]:
        raise RuntimeError("no customer's features were verified")
    return {"feature_mismatches": found["mismatches"] + found["waiting"]}


def rollups(settings: Settings, say: Callable[[str], None]) -> dict[str, int]:
    """Reports that say by the rollups, once these have caught up, what the rows themselves do not."""
    with contextlib.closing(writer_client(settings)) as client:
        _rolled_up(client)
    runner = Runner(settings)
    with contextlib.closing(whole(settings)) as database:
        return {"rollup_mismatches": sum(_differs(runner, database, query, say) for query in catalogue("sql"))}


def _differs(runner: Runner, database: HttpDatabase, query: Query, say: Callable[[str], None]) -> bool:
    """Whether a report differs from itself by the rows."""
    read = ((item, runner.default(item)) for item in query.parameters)
    given = {item.name: values.text(values.read(item.name, item.type, value)) for item, value in read}
    answer = runner.sql(query.name)
    if answer.source != "rollups":
        raise RuntimeError(f"report {query.name} was answered by {answer.source}")
    plain = database.query(query.plain, given, EXACT).rows
    if not differs(query.name, answer.rows, plain):
        return False
    rolled = [row for row in answer.rows if row not in plain][:TOLD]
    by_row = [row for row in plain if row not in answer.rows][:TOLD]
    say(
        f"WRONG: report {query.name} of {given}: {len(answer.rows)} rows by the rollups, {rolled} only there; "
        f"{len(plain)} by the rows, {by_row} only there"
    )
    return True


def differs(name: str, rolled: Sequence[Any], plain: Sequence[Any]) -> bool:
    """Whether a report's rows by the rollups are others than those by the rows.

    Raises:
        RuntimeError: there are none by either, of a report that has some of any history.
    """
    if not rolled and not plain and name not in MAY_BE_EMPTY:
        raise RuntimeError(f"report {name} has no rows: there is nothing to compare")
    return rolled != plain


def _rolled_up(client: Client) -> None:
    """Returns once rollups have caught up, by two looks: a build that lands amid one may hide what is made of it.

    Raises:
        RuntimeError: none of them comes any further.
    """
    statement = sql("rollups_behind")
    before, until = None, 0.0
    while (left := client.query(statement).result_rows) or left != before:
        if left != before:
            before, until = left, time.monotonic() + ROLLUP_SECONDS
        if time.monotonic() > until:
            raise RuntimeError(f"rollups stay behind: {left}")
        time.sleep(0.5)  # between two looks


def dead_letters(settings: Settings, sent: Counter[Poison], patience: float = PATIENCE_SECONDS) -> dict[str, int]:
    """Dead letters that are not poison as it was sent, poison of which there is none, and those their topic has not."""
    words = {"letters": DEAD_LETTERS.name(settings), "most": MOST_LETTERS}
    with contextlib.closing(writer_client(settings)) as client:

        def wrong() -> int:
            unsent = client.query(sql("unpublished"), parameters=words).result_rows
            return apart(letters(settings), sent) + len(unsent)

        return {"dead_letters_wrong": until(wrong, patience)}


def until(wrong: Callable[[], int], seconds: float = PATIENCE_SECONDS) -> int:
    """What is wrong once what comes last has had its time."""
    end = time.monotonic() + seconds
    while (found := wrong()) and time.monotonic() < end:
        time.sleep(0.5)  # between two looks
    return found


def stuck(settings: Settings) -> list[tuple[str, str, int]]:
    """(group, topic, partition) of which there are records that the group does not come to commit."""
    until(lambda: len(_uncommitted(settings)))
    return _uncommitted(settings)


def _uncommitted(settings: Settings) -> list[tuple[str, str, int]]:
    names = {group: [topic.name(settings) for topic in topics] for group, topics in groups(settings).items()}
    ends = end_offsets(
        AdminClient({**settings.kafka_client}), sorted({name for some in names.values() for name in some})
    )
    found = []
    for group, topics in names.items():
        mine = {where: end for where, end in ends.items() if where[0] in topics and end}
        done = committed(settings, group, [TopicPartition(*where) for where in mine])
        found += [(group, *where) for where, end in mine.items() if done.get(where, 0) < end]
    return found
