"""The simulator against a real Kafka and registry: what is said to be acknowledged is what is there."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from schemas import wire
from schemas.records import schema
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, SOURCES, TRANSACTIONS, Topic
from tests.integration.producers.topics import installation, records
from tests.support.simulator import begin, finish, simulate, started
from tests.support.waiting import GIVE_UP, wait_for

SMALL = ("--customers", "500", "--products", "60", "--seed", "3")
HISTORY = (*SMALL, "--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "20k", "--rate", "max")


def test_a_history_is_the_same_whatever_the_workers(kafka: tuple[Settings, dict[str, str]]) -> None:
    """The same records in every partition, in the same order: what waits for late events finds none."""
    sent = []
    for workers in ("1", "2"):
        settings, environment = installation(kafka, f"workers{workers}.")
        account = simulate(environment, *HISTORY, "--workers", workers)
        assert (account["sent"], account["acknowledged"], account["failed"]) == (20_000, 20_000, 0)
        assert account["laid"] == {"products": 60, "customers": 500}
        events = [records(settings, topic) for topic in (TRANSACTIONS, INTERACTIONS)]
        # Kafka may have compacted these already, the one further than the other: the newest of each key stays.
        newest = [{row[1]: row for row in records(settings, topic)} for topic in (CUSTOMERS, PRODUCTS)]
        sent.append((events, newest))
    assert sent[0] == sent[1]


def test_a_world_is_laid_once_and_a_run_repeated_keeps_its_ids(kafka: tuple[Settings, dict[str, str]]) -> None:
    settings, environment = installation(kafka, "once.")
    only = simulate(environment, *SMALL, "--only", "customers,products", "--rate", "max")
    assert only["laid"] == {"products": 60, "customers": 500}
    first, again = (simulate(environment, *HISTORY, "--only", "transactions") for _ in range(2))
    other = simulate(environment, *HISTORY, "--only", "transactions", "--mix", "transactions=1")
    assert first["laid"] == again["laid"] == other["laid"] == {}
    assert first["source"] == again["source"] != other["source"]
    assert len(records(settings, PRODUCTS)) == 60
    assert len({key for _, key, _, _ in records(settings, CUSTOMERS)}) == 500
    sold = records(settings, TRANSACTIONS)
    assert len(sold) == first["sent"] + again["sent"] + other["sent"]
    assert len({value for _, _, value, _ in sold}) == first["sent"] + other["sent"]


def test_two_that_start_at_once_have_different_numbers(kafka: tuple[Settings, dict[str, str]]) -> None:
    settings, environment = installation(kafka, "race.")
    runs = [
        begin(environment, *SMALL, "--events", "100", "--rate", "max", "--start", at)
        for at in ("2026-01-01", "2026-01-02")
    ]
    accounts = [finish(run) for run in runs]
    assert accounts[0]["source"] != accounts[1]["source"]
    assert all(account["failed"] == 0 for account in accounts)
    assert records(settings, SOURCES)


@pytest.mark.parametrize(("number", "code", "workers"), [(signal.SIGINT, 130, "1"), (signal.SIGTERM, 143, "2")])
def test_an_interrupted_run_is_accounted_for(
    kafka: tuple[Settings, dict[str, str]], tmp_path: Path, number: signal.Signals, code: int, workers: str
) -> None:
    settings, environment = installation(kafka, f"stop{code}.{workers}.")
    words = ("--rate", "2000/s", "--workers", workers, "--acked", str(tmp_path / "acked.npz"))
    with started(environment, *SMALL, *words) as process:
        wait_for(lambda: _there(settings, INTERACTIONS), "the first events are there", seconds=60)
        process.send_signal(number)
        out, error = process.communicate(timeout=GIVE_UP)
        assert process.returncode == code, error
    account: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert account["sent"] == account["acknowledged"] + account["failed"] > 0
    assert account["failed"] == 0
    for topic, column in ((INTERACTIONS, "interaction_id"), (TRANSACTIONS, "transaction_id")):
        rows = [
            wire.decode(b"\0" * wire.HEADER.size + value, schema(topic.record))
            for _, _, value, _ in records(settings, topic)
        ]
        ids = np.sort(np.array([row[column] for row in rows], np.int64))
        assert ids.tolist() == np.load(tmp_path / "acked.npz")[topic.stream].tolist()
        assert len(ids) == account["streams"][topic.stream]


def _there(settings: Settings, topic: Topic) -> bool:
    consumer = Consumer({**settings.kafka_client, "group.id": "test"})
    try:
        there = consumer.list_topics(timeout=10).topics
        if topic.name(settings) not in there:
            return False
        where = TopicPartition(topic.name(settings), 0)
        return bool(consumer.get_watermark_offsets(where, timeout=10)[1] > 0)
    except KafkaException:  # just made, without a leader yet
        return False
    finally:
        consumer.close()


def test_the_processes_end_with_their_parent(kafka: tuple[Settings, dict[str, str]]) -> None:
    settings, environment = installation(kafka, "orphans.")
    with started(environment, *SMALL, "--rate", "500/s", "--workers", "2") as process:
        wait_for(lambda: _there(settings, INTERACTIONS), "the first events are there", seconds=60)
        family = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    assert family
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "the workers are gone", seconds=60)
