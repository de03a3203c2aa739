"""A way in is not taken down under a client that takes events in: what it inserts would be lost."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from schemas.errors import C360Error, UnreachableError
from schemas.groups import STORED, clickhouse_group
from schemas.settings import Settings
from sinks import readers
from sinks.migrate import migrate
from sinks.readers import busy_groups, refuse_readers

HERE = Settings(clickhouse_ingest="client")
TRANSACTIONS, *OTHERS = (clickhouse_group(HERE, topic) for topic in STORED)


class Tables:
    """A database that has `queues` queues of a client's, and remembers what it is told."""

    def __init__(self, queues: int) -> None:
        self.queues = queues
        self.told: list[str] = []

    def query(self, sql: str, parameters: dict[str, str]) -> Any:
        assert parameters
        return SimpleNamespace(result_rows=[(self.queues,)] if "engine = 'Null'" in sql else [])

    def command(self, sql: str) -> None:
        self.told.append(sql)

    def insert(self, *_: object, **__: object) -> None:
        pass


def client(queues: int) -> Client:
    return cast("Client", Tables(queues))


def admin(answers: dict[str, Any]) -> AdminClient:
    def describe(names: list[str], request_timeout: float) -> dict[str, "Future[Any]"]:
        assert request_timeout > 0
        found = {}
        for name in names:
            found[name] = future = Future[Any]()
            answer = answers.get(name, [])
            if isinstance(answer, int):
                future.set_exception(KafkaException(KafkaError(answer)))
            else:
                future.set_result(SimpleNamespace(members=answer))
        return found

    return cast("AdminClient", SimpleNamespace(describe_consumer_groups=describe))


def test_groups_that_have_members() -> None:
    assert busy_groups(HERE, admin({})) == []
    assert busy_groups(HERE, admin({TRANSACTIONS: ["one"], OTHERS[0]: KafkaError.GROUP_ID_NOT_FOUND})) == [TRANSACTIONS]
    assert busy_groups(HERE, admin({TRANSACTIONS: KafkaError.COORDINATOR_LOAD_IN_PROGRESS})) == [TRANSACTIONS]
    with pytest.raises(UnreachableError):
        busy_groups(HERE, admin({OTHERS[0]: KafkaError._TRANSPORT}))


def test_where_no_client_s_queue_is_there_nobody_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first migration, and where the engine of Kafka is the member."""
    monkeypatch.setattr(readers, "busy_groups", lambda _: ["one"])
    refuse_readers(client(0), HERE)


def test_members_are_waited_for_and_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "POLL_SECONDS", 0)
    answers = iter([["one"], ["one"], []])
    monkeypatch.setattr(readers, "busy_groups", lambda _: next(answers))
    refuse_readers(client(8), HERE)
    monkeypatch.setattr(readers, "busy_groups", lambda _: ["one", "two"])
    with pytest.raises(C360Error, match=r"reads for one, two: .*End `python -m sinks\.ingest` first") as refused:
        refuse_readers(client(8), HERE, leave_seconds=0)
    assert "\n" not in str(refused.value)


def test_migrating_takes_nothing_down_under_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables(8)

    def refuse(*_: object) -> None:
        tables.told.append("asked")

    monkeypatch.setattr("sinks.migrate.refuse_readers", refuse)
    migrate(cast("Client", tables), HERE)
    doors = [
        one
        for one in tables.told
        if one == "asked" or one.startswith(("DROP TABLE IF EXISTS queue_", "DROP TABLE IF EXISTS take_"))
    ]
    assert doors[0] == "asked"
    assert [one.split()[4].partition("_")[0] for one in doors[1:]] == ["queue"] * 8 + ["take"] * 8
