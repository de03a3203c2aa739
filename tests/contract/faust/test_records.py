"""Records of batch topics as they are decoded say what aiokafka's own objects of them would."""

from typing import Any

import pytest
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import ConsumerRecord, TopicPartition

from stream_processors.batching import Fetched

BATCHED, OTHER = TopicPartition("batched", 2), TopicPartition("other", 2)
SAID = ("offset", "timestamp", "timestamp_type", "key", "value")


def fetch(tp: TopicPartition, compression: int) -> Any:
    builder = DefaultRecordBatchBuilder(2, compression, 0, -1, -1, -1, 1 << 20)
    for offset in range(300):
        value = None if offset % 7 == 0 else bytes(range(offset % 200))
        builder.append(offset, 1_700_000_000_000 + offset, b"%d" % offset if offset % 5 else None, value, [])
    records = MemoryRecords(bytes(builder.build()))
    made = PartitionRecords(tp, records, [], 0, None, None, True, 0)
    return FetchResult(tp, assignment=None, partition_records=made, backoff=0.0)


@pytest.mark.parametrize("compression", [0, 1, 3], ids=["none", "gzip", "lz4"])
def test_they_say_the_same(compression: int) -> None:
    fetched = Fetched(frozenset({"batched"}))
    for tp in (BATCHED, OTHER):
        fetched[tp] = fetch(tp, compression)
    plain, own = (list(fetched[tp]._partition_records) for tp in (BATCHED, OTHER))
    assert {type(record) for record in own} == {ConsumerRecord}
    assert ConsumerRecord not in {type(record) for record in plain}
    assert len(plain) == 300
    assert [[getattr(record, name) for name in SAID] for record in plain] == [
        [getattr(record, name) for name in SAID] for record in own
    ]


def test_errors_of_a_fetch_are_kept_too() -> None:
    fetched = Fetched(frozenset({"batched"}))
    fetched[BATCHED] = error = object()
    assert fetched[BATCHED] is error
