"""What is overridden of Faust, and whether Faust is still what that was written against.

A failure names the original that has changed: read it, mend stream_processors.batching where need be, note its hash.
"""

import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher, subscription_state
from faust.assignor import PartitionAssignor
from faust.transport import consumer
from faust.transport.conductor import Conductor
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import ConsumerMessage, Message

import stream_processors

VERSION = "0.15.3"

#: The originals of what is overridden, and a hash of their source.
OVERRIDDEN: dict[Callable[..., Any], str] = {
    consumer.Consumer.getmany: "4b168d84882a70d6",
    consumer.Consumer._new_offset: "1d2c7ea89a7ad4f1",
    consumer.Consumer._add_gap: "4df2573ded7c1c2c",
    consumer.Consumer.perform_seek: "0e8c130ff4b0afd8",
    consumer.Consumer.seek: "b86a9fe05f956b30",
    consumer.Consumer.on_partitions_revoked: "d04b7ae72c6fc206",
    consumer.ThreadDelegateConsumer.__init__: "7072ae80eac1ff62",
    driver.Consumer._new_consumer_thread: "0870ec53dea75083",
    driver.AIOKafkaConsumerThread.on_start: "38b4e8bd1e10723a",
    driver.AIOKafkaConsumerThread._create_worker_consumer: "c2701bfc3e6f6cad",
    faust.Schema.loads_key: "9adc30303f20915c",
    faust.Schema.loads_value: "61a4628b4e0966e6",
    faust.App._new_transport: "42db531312dd776f",
}
#: What the overrides rely on without replacing it, in Faust and in aiokafka.
RELIED_ON: dict[Callable[..., Any], str] = {
    consumer.Consumer._wait_next_records: "6218e1969a636b3f",
    consumer.Consumer._drain_messages: "44a2500309e83c63",
    consumer.Consumer._filter_tps_with_pending_acks: "f6f9239774234e7e",
    consumer.Consumer._filter_committable_offsets: "dc5e9baf5d994485",
    consumer.Consumer._commit_offsets: "1a69799041188441",
    consumer.Consumer._should_commit: "5ce941793947ad42",
    consumer.Consumer._reset_state: "488b46f5c7f1d0b0",
    consumer.Consumer.ack: "5fcf41cf45153475",
    consumer.Consumer.commit: "a354437baaa08bf8",
    consumer.ThreadDelegateConsumer.seek_wait: "e9db5bbc4ceb2543",
    driver.AIOKafkaConsumerThread._fetch_records: "39a2c6c79fc1455a",
    driver.Consumer._to_message: "7c24f6511b2fcef7",
    Conductor.acks_enabled_for: "77ff8a731d3085ed",
    ConsumerMessage.on_final_ack: "45d670b6a8ac4bd0",
    fetcher.PartitionRecords._consumer_record: "e668541600b047ab",
    fetcher.PartitionRecords._unpack_records: "b803e6d46480732c",
    fetcher.FetchResult.__init__: "126a3e45763bd404",
    fetcher.FetchResult.getall: "3e717e30de5068d5",
    fetcher.FetchResult._update_position: "83fb1473bf10027b",
    fetcher.Fetcher.fetched_records: "be4348896b9b66af",
    fetcher.Fetcher._proc_fetch_request: "59bf948fff47eed5",
    subscription_state.Assignment.state_value: "183fea82ef48f3e6",
    AIOKafkaConsumer.highwater: "044275efc968e286",
    Message.__init__: "afe1f75975597bc3",
    PartitionAssignor.assign: "25f1cbbba9d46748",
}
#: What Faust offers its users to say or to extend.
OFFERED = {
    "stream_processors.assignment.EvenAssignor.assign",
    "stream_processors.batching.BatchTransport.Consumer",
    "stream_processors.processor.StreamProcessor.__init__",
    "stream_processors.processor.StreamProcessor.on_first_start",
}
#: Attributes of a class that are no code of its own; mode gives each of its services a logger.
_DECLARATIONS = {"__annotations__", "__doc__", "__module__", "__abstractmethods__", "__orig_bases__", "__parameters__"}
_DECLARATIONS |= {"__firstlineno__", "__static_attributes__", "_abc_impl", "logger"}


def digest(function: Callable[..., Any]) -> str:
    """A hash of the source of a function, its signature included."""
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


def ours() -> Iterator[type]:
    """Our classes that stand on one of Faust's, in whatever module."""
    for module in pkgutil.walk_packages(stream_processors.__path__, "stream_processors."):
        if module.name.endswith((".__main__", ".app")):
            continue  # run when they are imported
        for held in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(held) and held.__module__ == module.name and _faust_s(held):
                yield held


def _faust_s(held: type) -> list[type]:
    return [base for base in held.__mro__[1:] if base.__module__.partition(".")[0] in {"faust", "mode"}]


def overrides(held: type) -> Iterator[tuple[str, Any]]:
    """The attributes of one of our classes that one of Faust's has too, and the original of each."""
    for name in vars(held).keys() - _DECLARATIONS:
        for base in _faust_s(held):
            if name in vars(base):
                yield name, vars(base)[name]
                break


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("faust-streaming") == VERSION


@pytest.mark.parametrize("function", OVERRIDDEN | RELIED_ON, ids=lambda function: function.__qualname__)
def test_the_original_is_the_one_that_was_read(function: Callable[..., Any]) -> None:
    place = f"{function.__module__}.{function.__qualname__}{inspect.signature(function)}"
    assert digest(function) == (OVERRIDDEN | RELIED_ON)[function], (
        f"Faust {version('faust-streaming')} with aiokafka {version('aiokafka')} has another {place} than "
        "stream_processors.batching was written against: read it, mend what stands on it, then note its hash here."
    )


def test_nothing_else_is_overridden_and_all_of_it_in_one_module() -> None:
    found = {
        f"{held.__module__}.{held.__name__}.{name}": original for held in ours() for name, original in overrides(held)
    }
    for offered in OFFERED:
        found.pop(offered)
    assert set(found.values()) == set(OVERRIDDEN)
    assert {name.rsplit(".", 2)[0] for name in found} == {"stream_processors.batching"}


def test_every_override_says_why_it_is_there() -> None:
    written = {
        (held, name): vars(held)[name]
        for held in ours()
        for name, original in overrides(held)
        if original in OVERRIDDEN
    }
    assert [name for (held, name), ours in written.items() if not ours.__doc__ and name != "__init__"] == []


def test_a_fetch_waits_for_what_the_consumer_is_told() -> None:
    """aiokafka reads it at each fetch from an attribute that is nobody's business but its own."""
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in inspect.getsource(AIOKafkaConsumer)
