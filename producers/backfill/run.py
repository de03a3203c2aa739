"""One run of a backfill: from the request to a history that is complete, or to a position from which it goes on."""

import pathlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import click
from confluent_kafka.admin import AdminClient
from rich.console import Console

from producers import account, guard
from producers.backfill import checkpoint, validation
from producers.backfill.checkpoint import Checkpoint
from producers.backfill.history import NOW, Request, goes_on
from producers.backfill.keeper import Keeper
from producers.display import Display
from producers.encoding import TOPICS
from producers.flow import Flow, Outcome, serve_metrics
from producers.options import moment_ms
from producers.partitions import count
from producers.plan import Plan
from producers.signals import exit_code
from producers.sources import Claims, Sources
from producers.workers import Crew
from producers.world.world import World
from schemas.errors import C360Error
from schemas.lag import end_offsets
from schemas.settings import Settings

TIMEOUT_SECONDS = 15.0
_AGAIN = "Run the same command again to go on."


@dataclass(frozen=True)
class Backfill:
    """A request and how it is to be carried out."""

    request: Request
    settings: Settings
    workers: int = 1
    resume: bool = True
    validate: bool = False
    as_json: bool = False

    def real(self, now: int) -> int:
        """Sends what is missing of the history and prints the account; answers the exit code. `now` in ms.

        Raises:
            UsageError: the span, or a topic's retention, is in the way.
            C360Error: it broke off; its position is kept.
        """
        self.request.span(now)
        flow = Flow(self.settings, **BULK)
        serve_metrics(self.settings)
        claims = flow.sources.read()
        plan = settled(self.request, flow.sources, claims, now)
        with Display(Console(soft_wrap=True), plan.events, self.as_json) as display:
            found = self._validated(plan, display)
            if self.resume and done_name(plan) in claims.names:
                return self._tell(plan, now, {**account.NOTHING, "laid": {}}, plan.events or 0, found)
            sent, position, code = self._sent(flow, plan, claims, display, now)
        if position == plan.events:
            flow.sources.write(done_name(plan), 0)
        told = self._tell(plan, now, sent, position, found)
        return code or told

    def _sent(
        self, flow: Flow, plan: Plan, claims: Claims, display: Display, now: int
    ) -> tuple[dict[str, Any], int, int]:
        """The account of what was missing, the position reached, and the exit code of a run that was interrupted."""
        world = plan.world()
        watch = guard.Guard(self.settings, now)
        for stream, coming in incoming(self.settings, plan, world, now).items():
            watch.admit(stream, coming)
        self._say_late(plan, claims)
        laid = self._laid(flow, plan, world, display)
        plan, file, at = self._begun(flow.sources, plan, claims)
        if plan.first:
            display.say(f"{plan.first:,} of {plan.events:,} events are acknowledged already")
        done, position = self._streamed(flow, plan, world, display, file, at)
        sent = account.figures(done.plan, done.totals, done.sent, done.seconds)
        return {**sent, "laid": laid, "bytes": done.totals.size}, position, exit_code(done.caught)

    def _say_late(self, plan: Plan, claims: Claims) -> None:
        """Says what a history that comes behind other events does not do any more."""
        if plan.name() in claims.number:
            return
        admin = AdminClient({**self.settings.kafka_client, "log_level": 0})
        there = sum(
            end_offsets(admin, [TOPICS[name].name(self.settings) for name in ("transactions", "interactions")]).values()
        )
        if there:
            click.echo(
                f"The topics hold {there:,} events already. This history is stored and counted behind them, but churn "
                "alerts are decided in the order of time: for those of its time, fill a new C360_TOPIC_PREFIX first.",
                err=True,
            )

    def _validated(self, plan: Plan, display: Display) -> dict[str, Any]:
        """Target against got, before anything is sent; nothing where that was not asked for."""
        if not self.validate:
            return {}
        found = validation.validated(plan, plan.world(), display)
        validation.tell(found, self.as_json)
        validation.refuse(found)
        return validation.account(found)

    def _laid(self, flow: Flow, plan: Plan, world: World, display: Display) -> dict[str, int]:
        try:
            return flow.lay(plan, world, display.say, again=not self.resume)
        except KeyboardInterrupt:
            click.echo(f"Stopped while customers and products were laid. {_AGAIN}", err=True)
            raise

    def _begun(self, sources: Sources, plan: Plan, claims: Claims) -> tuple[Plan, pathlib.Path, Checkpoint]:
        """The plan with its source number and first event, and where its position is kept."""
        file, known = checkpoint.path(self.settings, plan), plan.name() in claims.number
        if not (known and self.resume):
            file.unlink(missing_ok=True)
        source = sources.claim(plan.name())
        prefix, events = self.settings.topic_prefix, plan.events or 0
        at = Checkpoint(plan.name(), prefix, _cluster(self.settings), source, 0, events)
        at = replace(at, position=checkpoint.read(file, at))
        return replace(plan, source=source, first=at.position), file, at

    def _streamed(
        self, flow: Flow, plan: Plan, world: World, display: Display, file: pathlib.Path, at: Checkpoint
    ) -> tuple[Outcome, int]:
        """What was sent, and the position reached."""
        with Crew(flow.lines(self.workers, kept=True), plan, world) as crew:
            keeper = Keeper(file, at, crew.stop.ask)
            try:
                done = flow.stream(crew, lambda: (plan, time.monotonic()), display, keeper.note)
            except C360Error as error:
                keeper.check()
                raise C360Error(
                    f"{error} {keeper.at.position:,} of {plan.events:,} events are acknowledged and the position is "
                    f"kept. See that Kafka answers ('c360 status', 'c360 logs kafka'). {_AGAIN}"
                ) from None
        keeper.check()
        return done, keeper.at.position

    def _tell(
        self, plan: Plan, now: int, figures: dict[str, Any], position: int, more: Mapping[str, Any] | None = None
    ) -> int:
        complete = position == plan.events
        span = {"from": plan.start_iso, "to": replace(plan, start=plan.start + (plan.length or 0)).start_iso}
        command = goes_on(plan, now)
        account.tell(
            {**figures, **span, "events": plan.events, "position": position, "complete": complete, "goes_on": command},
            self.as_json,
            more,
        )
        if complete:
            click.echo(
                f"The history is complete: {plan.customers:,} customers, {plan.products:,} products and "
                f"{plan.events:,} events from {span['from']} to {span['to']}. "
                + ("" if figures["sent"] else "Nothing was left to send; --no-resume would send it again. ")
                + f"Live events go on with: {command}",
                err=True,
            )
        else:
            click.echo(
                f"{position:,} of {plan.events:,} events are acknowledged; the position is kept. {_AGAIN}", err=True
            )
        return 0 if complete else 1


def settled(request: Request, sources: Sources, claims: Claims, now: int) -> Plan:
    """The plan of a request. One until now is settled once and recorded: it stays the same when it is gone on with."""
    if request.until != NOW:
        return request.plan(now)
    for name in sorted(claims.names):
        if name.startswith(request.name):
            return replace(request, until=moment_ms(name.removeprefix(request.name), "to")).plan(now)
    until = now - now % 1000
    plan = replace(request, until=until).plan(now)
    sources.write(f"{request.name}{replace(plan, start=until).start_iso}", 0)
    return plan


def done_name(plan: Plan) -> str:
    """Under which name it is recorded that a history is complete."""
    return f"done:{plan.name()}"


def incoming(settings: Settings, plan: Plan, world: World, now: int) -> dict[str, guard.Incoming]:
    """What each topic is about to receive."""
    partitions, events = count(settings, TOPICS["interactions"]), plan.events or 0
    age, oldest = now - plan.start, int(world.customers.registered.min())
    shares = dict(plan.mix)
    numbers = {stream: int(events * part / sum(shares.values())) for stream, part in shares.items()}
    return {
        "transactions": guard.Incoming(age, numbers["transactions"] // partitions),
        "interactions": guard.Incoming(age, numbers["interactions"] // partitions),
        "customers": guard.Incoming(now - min(oldest, world.epoch), plan.customers // partitions),
        "products": guard.Incoming(now - world.epoch, plan.products // partitions),
    }


def _cluster(settings: Settings) -> str:
    admin = AdminClient({**settings.kafka_client, "log_level": 0})
    return str(admin.list_topics(timeout=TIMEOUT_SECONDS).cluster_id)


#: A history need not be fresh: batches may gather longer than those of live events.
BULK: dict[str, Any] = {"linger.ms": 200}
