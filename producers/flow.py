"""What every run is made of: the contract provisioned, the world laid, events sent by a crew, all of it counted."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click

from producers.counters import Totals
from producers.delivery import configuration
from producers.display import Display, watch
from producers.encoding import TOPICS, Encoder, key_table
from producers.laying import lay
from producers.partitions import count
from producers.plan import Plan
from producers.sender import Line, Sent
from producers.signals import heard
from producers.sources import Sources
from producers.workers import Crew
from producers.world.world import World
from schemas import exposition
from schemas.provision import provision
from schemas.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What became of a run: its settled plan, all figures, each worker's account, and the signals that came."""

    plan: Plan
    totals: Totals
    sent: list[Sent]
    seconds: float
    caught: list[int]


class Flow:
    """The way from a plan into Kafka."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        """Lays the contract down; `options` are librdkafka's, beside the usual ones.

        Raises:
            UnreachableError: the broker or the registry does not answer.
            ContractError: a topic or schema contradicts the contract.
        """
        schema_ids = provision(settings)
        self.settings = settings
        self.sources = Sources(settings, schema_ids["sources"])
        self._topics = {stream: topic.name(settings) for stream, topic in TOPICS.items()}
        self._schema_ids = {stream: schema_ids[stream] for stream in TOPICS}
        self._options = {**configuration(settings, **options)}

    def lay(self, plan: Plan, world: World, say: Callable[[str], None], again: bool = False) -> dict[str, int]:
        """Lays what is missing of the plan's world, or all of it `again`; answers how many of each stream.

        Raises:
            C360Error: not all were acknowledged.
        """
        encoder = Encoder(self._schema_ids, key_table(1))
        return lay(plan, world, self.sources, encoder, self._topics, self._options, say, again)

    def lines(self, workers: int, audited: bool = False, kept: bool = False) -> list[Line]:
        """What each worker needs to know."""
        partitions = count(self.settings, TOPICS["interactions"]) if workers > 1 else 1
        return [
            Line(self._topics, self._schema_ids, self._options, worker, workers, partitions, audited, kept)
            for worker in range(workers)
        ]

    def stream(
        self,
        crew: Crew,
        settled: Callable[[], tuple[Plan, float]],
        display: Display,
        note: Callable[[Totals], None] = lambda _: None,
    ) -> Outcome:
        """Sends a plan; `settled` gives it, with the monotonic time of its first event, once the crew is ready.

        `note` hears the figures now and then, and at the end, however that comes.

        Raises:
            C360Error: the run broke off.
        """
        crew.ready()
        plan, start = settled()
        display.begin(start, plan.first)

        def look() -> None:
            totals = Totals(crew.counters)
            display.show(totals, time.monotonic())
            note(totals)

        with heard(crew.stop.ask) as caught:
            try:
                with _watched(look, display.seconds):
                    sent = crew.run(plan, start)
            finally:
                look()
        return Outcome(plan, Totals(crew.counters), sent, max(one.ended for one in sent) - start, caught)


def serve_metrics(settings: Settings) -> None:
    """Serves this process's metrics; says so and goes on when the port is taken."""
    port = settings.producers_metrics_port
    if not port:
        return
    try:
        exposition.serve_metrics(port, settings.metrics_host)
    except OSError as error:
        click.echo(
            f"No metrics: port {port} of {settings.metrics_host} cannot be used ({error.strerror}); the run goes on. "
            "Set C360_PRODUCERS_METRICS_PORT to another, or to 0 for none.",
            err=True,
        )


@contextlib.contextmanager
def _watched(look: Callable[[], None], seconds: float) -> Iterator[None]:
    """Looks every so often, in a thread of its own."""
    over = threading.Event()
    thread = threading.Thread(target=watch, args=(look, seconds, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
