"""Lays a world down: the first version of every customer and product, unless that has been done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from producers.delivery import MESSAGE_TIMEOUT_MS, Delivery
from producers.encoding import Encoder, key_table
from producers.plan import Plan
from producers.sources import Sources
from producers.world.world import World
from schemas.errors import C360Error

LAID = ("products", "customers")
BATCH = 8192


@dataclass(frozen=True)
class Laid:
    """Records of one stream: values, keys and timestamps."""

    values: list[bytes]
    keys: list[bytes]
    stamps: list[int]


def records(world: World, encoder: Encoder, stream: str, count: int) -> Iterator[Laid]:
    """The first versions of all, in batches and in the order of time.

    They are dated at the epoch, customers who registered before it at that time.
    """
    keys = key_table(count)
    stamps = np.full(count, world.epoch, np.int64)
    if stream == "customers":
        stamps = np.minimum(world.customers.registered, world.epoch)
    order = np.argsort(stamps, kind="stable")
    laid = world.people.laid if stream == "customers" else world.catalogue.laid
    for first in range(0, count, BATCH):
        place = order[first : first + BATCH]
        yield Laid(encoder.values(stream, laid(place)), keys[place].tolist(), stamps[place].tolist())


def lay(
    plan: Plan,
    world: World,
    sources: Sources,
    encoder: Encoder,
    topics: dict[str, str],
    options: dict[str, Any],
    say: Callable[[str], None],
    again: bool = False,
) -> dict[str, int]:
    """Sends what is missing, or everything `again`, and records it; answers how many of each stream were laid now.

    A load that was cut off is not recorded and sent again, byte for byte the same.

    Raises:
        C360Error: not all were acknowledged.
    """
    done: dict[str, int] = {}
    streams = [stream for stream in LAID if stream in plan.streams] if again else missing(plan, sources)
    if not streams:
        return done
    delivery = Delivery(options)
    for stream in streams:
        count = plan.customers if stream == "customers" else plan.products
        say(f"laying {count:,} {stream}")
        for batch in records(world, encoder, stream, count):
            delivery.send(topics[stream], batch.values, batch.keys, batch.stamps)
            delivery.poll()
        delivery.finish(MESSAGE_TIMEOUT_MS / 1000 + 10)
        if delivery.failed:
            raise C360Error(
                f"{delivery.failed:,} of {count:,} {stream} were not laid: {delivery.reason}. Run it again."
            )
        sources.record_laid(plan.world_name(stream))
        done[stream] = count
    return done


def missing(plan: Plan, sources: Sources) -> Sequence[str]:
    """The streams that the plan names and that are not laid yet."""
    names = sources.read().names
    return [stream for stream in LAID if stream in plan.streams and plan.world_name(stream) not in names]
