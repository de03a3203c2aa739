"""One run of the simulator: lay the world, settle start and source number, send, count."""

import pathlib
import time
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console

from producers import account, ledger, making
from producers.display import Display
from producers.flow import Flow, serve_metrics
from producers.plan import Plan
from producers.signals import exit_code
from producers.sources import Sources
from producers.workers import Crew
from producers.world.world import World
from schemas.settings import Settings

#: A run that starts now starts this much later, so that all is ready at its first event.
LEAD_SECONDS = 1.0
FAILED = 1


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
        flow = Flow(self.settings)
        serve_metrics(self.settings)
        with Display(Console(soft_wrap=True), self.plan.events, self.as_json) as display:
            laid = flow.lay(self.plan, world, display.say)
            figures, code = self._streamed(flow, world, display) if self.plan.events != 0 else ({}, 0)
        account.tell({**account.NOTHING, **figures, "laid": laid}, self.as_json)
        return code

    def _streamed(self, flow: Flow, world: World, display: Display) -> tuple[dict[str, Any], int]:
        with Crew(flow.lines(self.workers, audited=self.acked is not None), self.plan, world) as crew:
            done = flow.stream(crew, lambda: self._settled(flow.sources), display)
        if self.acked:
            ledger.save(self.acked, ledger.merged([one.acked for one in done.sent]))
        code = exit_code(done.caught) or (FAILED if done.totals.all_failed else 0)
        return account.figures(done.plan, done.totals, done.sent, done.seconds), code

    def _settled(self, sources: Sources) -> tuple[Plan, float]:
        """The plan with start and source number, and the monotonic time at which its first event leaves."""
        plan, lead = self.plan, LEAD_SECONDS if self.plan.pace else 0.0
        start = time.monotonic() + lead
        if self.dated_now:
            plan = replace(plan, start=time.time_ns() // 1_000_000 + int(lead * 1000))
        plan = replace(plan, source=sources.claim(plan.name()))
        return plan, start if self.dated_now and lead else time.monotonic()

    def dry(self, world: World) -> int:
        """Makes and encodes the events, sends nothing, prints how many and a digest of their bytes."""
        with Display(Console(soft_wrap=True), self.plan.events, self.as_json) as display:
            made = making.dry(self.plan, world, display)
        account.tell({**account.NOTHING, **made}, self.as_json)
        return 0
