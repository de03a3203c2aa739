"""`python -m tests.bench.quix.agent EVENTS`, where Quix Streams is installed: the same features in its own idiom.

A function with state by customer over both topics; repeats are known by their ids in the same state. It is given every
advantage that stays within the idiom: fastavro without logical types, a customer's state as one value of bytes, no
changelog topics, no publishing, no alerts.
"""

import functools
import io
import os
import sys
from typing import Any

import fastavro
from quixstreams import Application
from quixstreams.models.serializers.base import Deserializer

from schemas.settings import settings
from schemas.topics import INTERACTIONS, TRANSACTIONS, Topic
from schemas.wire import HEADER
from tests.bench.quix.features import QuixFeatures
from tests.bench.stock_agent import bare
from tests.bench.watching import one_core, rated


class Avro(Deserializer):  # type: ignore[misc]  # Quix Streams is not installed beside mypy
    """Values in the Confluent wire format as the dictionaries that agents are given."""

    def __init__(self, topic: Topic) -> None:
        super().__init__()
        self._schema = bare(topic)

    def __call__(self, value: bytes, ctx: Any) -> Any:  # noqa: ARG002 - Quix Streams' signature
        """The record of a message's value."""
        return fastavro.schemaless_reader(io.BytesIO(value[HEADER.size :]), self._schema, None)


def main(events: int) -> None:
    """Runs the application until it has counted the events."""
    one_core()
    here, features = settings(), QuixFeatures()
    app = Application(
        here.bootstrap,
        consumer_group=f"quix-{os.getpid()}",
        auto_offset_reset="earliest",
        state_dir=str(here.home / "quix"),
        use_changelog_topics=False,
        auto_create_topics=False,
        loglevel="ERROR",
    )
    inputs = (
        app.dataframe(app.topic(topic.name(here), value_deserializer=Avro(topic)))
        for topic in (TRANSACTIONS, INTERACTIONS)
    )
    both = functools.reduce(lambda left, right: left.concat(right), inputs)
    both.update(lambda record, state: features.count_in(state, record), stateful=True)
    rated(lambda: float(features.count), events)
    app.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
