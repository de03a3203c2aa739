"""Fails when Faust changes what stream_processors.batching overrides or relies on: read it, then note it here."""

import hashlib
import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import faust
import pytest
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver

READ: dict[Callable[..., Any], str] = {
    consumer.Consumer.getmany: "4b168d84882a70d6",
    consumer.Consumer._wait_next_records: "6218e1969a636b3f",
    consumer.Consumer._drain_messages: "44a2500309e83c63",
    consumer.Consumer._new_offset: "1d2c7ea89a7ad4f1",
    consumer.Consumer._add_gap: "4df2573ded7c1c2c",
    consumer.Consumer._filter_tps_with_pending_acks: "f6f9239774234e7e",
    consumer.Consumer.ack: "5fcf41cf45153475",
    consumer.Consumer.perform_seek: "0e8c130ff4b0afd8",
    consumer.Consumer.seek: "b86a9fe05f956b30",
    consumer.Consumer.on_partitions_revoked: "d04b7ae72c6fc206",
    consumer.ThreadDelegateConsumer.seek_wait: "e9db5bbc4ceb2543",
    driver.Consumer._new_consumer_thread: "0870ec53dea75083",
    driver.AIOKafkaConsumerThread._create_worker_consumer: "c2701bfc3e6f6cad",
    faust.Schema.loads_key: "9adc30303f20915c",
    faust.Schema.loads_value: "61a4628b4e0966e6",
    faust.App._new_transport: "42db531312dd776f",
}


def digest(function: Callable[..., Any]) -> str:
    """A hash of the source of a function."""
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("faust-streaming") == "0.15.3"


@pytest.mark.parametrize("function", READ, ids=lambda function: function.__qualname__)
def test_the_original_is_the_one_that_was_read(function: Callable[..., Any]) -> None:
    assert digest(function) == READ[function], "read what has changed before noting its hash"
