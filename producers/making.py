"""Makes and encodes the events of a plan without sending them: how many, and a digest of their bytes."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from producers.counters import Counters, Totals
from producers.display import Display
from producers.encoding import TOPICS, Encoder, key_table
from producers.plan import Plan
from producers.sender import batches
from producers.world.events import Part
from producers.world.world import World


def dry(
    plan: Plan, world: World, display: Display, observe: Callable[[Mapping[str, Part]], None] = lambda _: None
) -> dict[str, Any]:
    """Makes a plan's events as source 1 and tells of them; `observe` sees the parts of each batch, before encoding."""
    plan = replace(plan, source=1)
    encoder, counts = Encoder(dict.fromkeys(TOPICS, 0), key_table(plan.customers)), dict.fromkeys(plan.event_streams, 0)
    digest, counters, began = hashlib.blake2b(digest_size=16), Counters(), time.monotonic()
    for parts in made(plan, world, display, counters):
        observe(parts)
        for stream, part in parts.items():
            values = encoder.ready(stream, part).values
            counts[stream] += len(values)
            content = b"".join(values)
            digest.update(content)
            counters.add_sent(stream, len(values), len(content))
    return {
        "made": sum(counts.values()),
        "streams": dict(sorted(counts.items())),
        "digest": digest.hexdigest(),
        "seconds": round(time.monotonic() - began, 3),
    }


def made(plan: Plan, world: World, display: Display, counters: Counters) -> Iterator[Mapping[str, Part]]:
    """The events of a plan in batches, by stream; shows how far it is, by what the caller counts."""
    events, shown = plan.drawn(world), time.monotonic()
    display.begin(shown, plan.first)
    for first, last in batches(plan.first, plan.events):
        yield events.parts(first, last, plan.event_streams)
        counters.progress(0, 0.0, last)
        if time.monotonic() - shown > display.seconds:
            shown = time.monotonic()
            display.show_made(Totals([counters]), shown)
