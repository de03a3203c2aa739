"""One run from the contract to the account: provision, lay the world, settle start and source number, send, count."""

import contextlib
import hashlib
import json
import pathlib
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import click
import prometheus_client
from rich.console import Console

from producers import ledger
from producers.counters import Stop, Totals
from producers.delivery import configuration
from producers.display import Display, watch
from producers.encoding import TOPICS, Encoder, key_table
from producers.laying import lay
from producers.partitions import count
from producers.plan import Plan
from producers.sender import Line, Sent, batches
from producers.sources import Sources
from producers.workers import Crew
from producers.world.world import World
from schemas.provision import provision
from schemas.settings import Settings

#: A run that starts now starts this much later, so that all is ready at its first event.
LEAD_SECONDS = 1.0
#: A signal this long after the first is meant as another.
AGAIN_SECONDS = 1.0
FAILED, TERMINATED = 1, 143


@dataclass(frozen=True)
class Run:
    """A plan and how it is to be run; `dated_now`: its start is when everything is ready."""

    plan: Plan
    settings: Settings
    dated_now: bool
    workers: int = 1
    as_json: bool = False
    acked: pathlib.Path | None = None

    def real(self, world: World) -> int:
        """Runs it and prints the account; answers the exit code.

        Raises:
            UnreachableError: the broker or the registry does not answer.
            ContractError: a topic or schema contradicts the contract.
            C360Error: the run broke off.
        """
        schema_ids = provision(self.settings)
        sources = Sources(self.settings, schema_ids["sources"])
        topics = {stream: topic.name(self.settings) for stream, topic in TOPICS.items()}
        streams = {stream: schema_ids[stream] for stream in TOPICS}
        options = configuration(self.settings)
        self._serve_metrics()
        with Display(Console(soft_wrap=True), self.plan.events, self.as_json) as display:
            encoder = Encoder(streams, key_table(1))
            laid = lay(self.plan, world, sources, encoder, topics, options, display.say)
            partitions = count(self.settings, TOPICS["interactions"]) if self.workers > 1 else 1
            lines = [
                Line(topics, streams, options, worker, self.workers, partitions, self.acked is not None)
                for worker in range(self.workers)
            ]
            account, code = self._streamed(lines, world, sources, display) if self.plan.events != 0 else ({}, 0)
        return self._account({**_NOTHING, **account, "laid": laid}, code)

    def _streamed(
        self, lines: list[Line], world: World, sources: Sources, display: Display
    ) -> tuple[dict[str, Any], int]:
        with Crew(lines, self.plan, world) as crew:
            crew.ready()
            plan, start = self._settled(sources)

            display.begin(start)

            def look() -> None:
                display.show(Totals(crew.counters), time.monotonic())

            with _signals(crew.stop) as caught, _watched(look, display.seconds):
                sent = crew.run(plan, start)
            look()
            totals = Totals(crew.counters)
        seconds = max(one.ended for one in sent) - start
        if self.acked:
            ledger.save(self.acked, ledger.merged([one.acked for one in sent]))
        return _figures(plan, totals, sent, seconds), _code(caught, totals)

    def _settled(self, sources: Sources) -> tuple[Plan, float]:
        """The plan with start and source number, and the monotonic time at which its first event leaves."""
        plan, lead = self.plan, LEAD_SECONDS if self.plan.pace else 0.0
        start = time.monotonic() + lead
        if self.dated_now:
            plan = replace(plan, start=time.time_ns() // 1_000_000 + int(lead * 1000))
        plan = replace(plan, source=sources.claim(plan.name()))
        return plan, start if self.dated_now and lead else time.monotonic()

    def _serve_metrics(self) -> None:
        port = self.settings.producers_metrics_port
        if not port:
            return
        try:
            prometheus_client.start_http_server(port, addr="127.0.0.1")
        except OSError as error:
            click.echo(
                f"No metrics: port {port} of 127.0.0.1 cannot be used ({error.strerror}); the run goes on. "
                "Set C360_PRODUCERS_METRICS_PORT to another, or to 0 for none.",
                err=True,
            )

    def _account(self, account: dict[str, Any], code: int) -> int:
        if account["failed"]:
            click.echo(f"Error: {account['failed']:,} records failed: {account.pop('reason', '')}", err=True)
        account.pop("reason", None)
        click.echo(account_line(account))
        if self.as_json:
            click.echo(json.dumps(account))
        return code

    def dry(self, world: World) -> int:
        """Makes and encodes the events, sends nothing, prints how many and a digest of their bytes."""
        plan = replace(self.plan, source=1)
        encoder = Encoder(dict.fromkeys(TOPICS, 0), key_table(plan.customers))
        events, counts = plan.drawn(world), dict.fromkeys(sorted(plan.event_streams), 0)
        digest, began = hashlib.blake2b(digest_size=16), time.monotonic()
        for first, last in batches(plan.events):
            for stream, part in events.parts(first, last, plan.event_streams).items():
                values = encoder.ready(stream, part).values
                counts[stream] += len(values)
                digest.update(b"".join(values))
        seconds = time.monotonic() - began
        account = {**_NOTHING, "made": sum(counts.values()), "streams": counts, "digest": digest.hexdigest()}
        return self._account({**account, "seconds": round(seconds, 3)}, 0)


_NOTHING: dict[str, Any] = {"sent": 0, "acknowledged": 0, "failed": 0, "streams": {}, "seconds": 0.0}


def _figures(plan: Plan, totals: Totals, sent: list[Sent], seconds: float) -> dict[str, Any]:
    return {
        "sent": totals.all_sent,
        "acknowledged": totals.all_sent - totals.all_failed,
        "failed": totals.all_failed,
        "streams": {stream: number - totals.failed[stream] for stream, number in totals.sent.items()},
        "seconds": round(seconds, 3),
        "rate": round(totals.all_sent / seconds, 1) if seconds > 0 else 0.0,
        "source": plan.source,
        "start": plan.start_iso,
        "reason": next((one.reason for one in sent if one.reason), ""),
    }


def account_line(account: dict[str, Any]) -> str:
    """sent=... acknowledged=... failed=..., then the rest, flat."""
    words = []
    for name, value in account.items():
        if isinstance(value, dict):
            words += [f"{name}.{inner}={number}" for inner, number in value.items()]
        else:
            words.append(f"{name}={value}")
    return " ".join(words)


def _code(caught: list[int], totals: Totals) -> int:
    if caught:
        return TERMINATED if caught[0] == signal.SIGTERM else 128 + caught[0]
    return FAILED if totals.all_failed else 0


@contextlib.contextmanager
def _signals(stop: Stop) -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM ask to stop after what is on its way, a second time at once; yields those that came."""
    caught: list[int] = []
    asked = [0.0]

    def note(number: int, _frame: object) -> None:
        # One Ctrl-C may come twice, from the terminal and from the parent: only a later one is a second.
        now = time.monotonic()
        if not caught or now - asked[0] > AGAIN_SECONDS:
            stop.ask()
        asked[0] = now if not caught else asked[0]
        caught.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _watched(look: Any, seconds: float) -> Iterator[None]:
    """Looks every so often, in a thread of its own."""
    over = threading.Event()
    thread = threading.Thread(target=watch, args=(look, seconds, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
