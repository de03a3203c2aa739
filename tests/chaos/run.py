"""One run: a history, a stream under the faults of a schedule, and the account."""

import functools
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.cli import INTERRUPTED
from schemas.topics import CUSTOMERS, PRODUCTS, Topic
from tests.chaos import alerts
from tests.chaos.account import account
from tests.chaos.acknowledged import Simulated
from tests.chaos.asking import asking
from tests.chaos.faults import Faults
from tests.chaos.ground import HOME, Ground, ground, kept
from tests.chaos.hands import Hands
from tests.chaos.look import Look, State
from tests.chaos.recovery import STUCK, Judge, Recovered, Recoveries
from tests.chaos.schedule import BROKER, KINDS, PAST_KINDS, Fault, grouped, kills, schedule
from tests.chaos.sender import Sender
from tests.chaos.throughput import Throughput
from tests.chaos.watch import LOOK_SECONDS, RECOVERY_SECONDS, Watch
from tests.support.simulator import finish, simulate, started

#: Longer than all faults take.
LONGEST = "10h"
#: Thirteen months; so many events, and one for each customer, are laid before the stream.
BEGINS = datetime(2025, 10, 1, tzinfo=UTC)
HISTORY = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d")
LAID_EVENTS = 60_000
#: A stream of the past has events for so many times its length: faults take longer than planned.
ROOM = 6
#: A simulator that is asked to end has ended by then: Kafka's client gives up a record sooner.
SIMULATOR_SECONDS = 600.0


@dataclass(frozen=True)
class Plan:
    """What is asked for: events a second, seconds of stream, and the schedule's seed and number of faults.

    `overlap`: the share of the faults that come amid another. `kills`: kill -9 of each process so often, and no other
    fault. `ingest` is the way in, as C360_CLICKHOUSE_INGEST names it.
    """

    seed: int
    seconds: float
    rate: int
    brokers: int = 1
    faults: int | None = None
    customers: int = 5_000
    disks: bool = False
    past: bool = False
    overlap: float = 0.0
    kills: int = 0
    ingest: str = "engine"

    @property
    def laid(self) -> dict[Topic, int]:
        """So many customers and products there are."""
        return {CUSTOMERS: self.customers, PRODUCTS: max(500, self.customers // 20)}

    @property
    def world(self) -> tuple[str, ...]:
        """Words for the simulator."""
        entities = {topic.stream: count for topic, count in self.laid.items()} | {"seed": self.seed}
        return tuple(word for name, value in entities.items() for word in (f"--{name}", str(value)))

    @property
    def schedule(self) -> tuple[Fault, ...]:
        """What is done when."""
        links = [f"{BROKER}{place}" for place in range(1, self.brokers + 1)]
        parts = [*links, *kept(self.ingest)]
        if self.kills:
            return kills(self.seed, self.seconds, parts, self.kills)
        disks, kinds = [*links, HOME] if self.disks else [], PAST_KINDS if self.past else KINDS
        return schedule(self.seed, self.seconds, parts, self.faults, disks, kinds, self.overlap)


def run(plan: Plan, say: Callable[[str], None], logs: Path | None = None) -> dict[str, Any]:
    """Numbers of what is wrong; of faults, of rates, and of seconds until all was well again.

    The parts' logs are copied into the folder `logs`, however it ends.
    """
    with (
        tempfile.TemporaryDirectory(prefix="c360-chaos-") as folder,
        ground(Path(folder), plan.brokers, plan.disks, plan.ingest) as stack,
        Hands() as hands,
    ):
        try:
            return _Run(plan, stack, Path(folder), hands, say).run()
        finally:
            if logs:
                for home in (stack.settings.home, *stack.cluster.homes):
                    shutil.copytree(home / "logs", logs / home.name, dirs_exist_ok=True)


class _Run:
    """One stack under one schedule."""

    def __init__(self, plan: Plan, stack: Ground, folder: Path, hands: Hands, say: Callable[[str], None]) -> None:
        self._plan, self._stack, self._folder, self._hands = plan, stack, folder, hands
        self._sender = Sender(stack.settings, plan.customers, plan.seed)
        self._faults = Faults(stack, self._sender, plan.past)
        self._look, self._judge = Look(stack), Judge(plan.rate)
        self._watch, self._recoveries = Watch(self._look, self._say), Recoveries()
        self._simulated: list[Simulated] = []
        self._done: list[Fault] = []
        self._tell, self._began = say, time.monotonic()

    def run(self) -> dict[str, Any]:
        """Everything, in order."""
        plan, words = self._plan, self._stream()
        if not plan.past:
            self._watch.settled()
        past = BEGINS if plan.past else None
        with (
            asking(self._stack.settings, plan.customers + 1, past, self._say) as asked,
            started(self._stack.environment, *words) as live,
        ):
            throughput = Throughput(plan.rate, self._flowing(live))
            # Not before it flows: its first event alone takes the alerts' clock on from the end of the history.
            before = alerts.ends(self._stack.settings)
            for group in grouped(plan.schedule):
                self._recoveries.all.append(self._disturbed(group))
                asked[0].again()
            self._watch.peace(self._began + plan.seconds, self._judge)
            asked[0].moves_on()
            _going_on(live)
            throughput.ends(self._watch.sound())
            live.send_signal(signal.SIGINT)
            sent = finish(live, seconds=SIMULATOR_SECONDS, code=INTERRUPTED)
        self._say(f"{sent['acknowledged']:,} events acknowledged, {sent['failed']:,} refused")
        self._say(throughput.words)
        settled = self._watch.settled()
        self._simulated.append(Simulated(self._acked("live"), sent))
        folder = self._folder / "again"
        found = account(self._stack, self._simulated, self._sender, asked, plan.laid, before, folder, self._say)
        found["stuck"] += self._recoveries.count(STUCK) + (not settled and not found["stuck"])
        return {
            **found,
            "faults": len(self._done),
            **self._recoveries.figures(),
            **throughput.figures(),
            "recovery": self._recoveries.by_part(),
        }

    def _stream(self) -> tuple[str, ...]:
        """The stream's words for the simulator; what comes before it is laid."""
        sent = ("--rate", f"{self._plan.rate}/s", "--acked", str(self._acked("live")))
        if self._plan.past:
            events = round(ROOM * self._plan.rate * self._plan.seconds)
            return (*self._plan.world, *HISTORY, "--events", str(events), *sent)
        laid = (*HISTORY, "--events", str(LAID_EVENTS + self._plan.customers), "--rate", "max")
        words = (*self._plan.world, *laid, "--acked", str(self._acked("history")))
        laid_down = simulate(self._stack.environment, *words, seconds=SIMULATOR_SECONDS)
        self._simulated.append(Simulated(self._acked("history"), laid_down))
        return (*self._plan.world, "--duration", LONGEST, *sent)

    def _acked(self, name: str) -> Path:
        return self._folder / f"{name}.npz"

    def _flowing(self, live: subprocess.Popen[str]) -> State:
        """As it is when the stream flows and one has seen how fast: the schedule's time begins then."""
        before = self._look.sent()
        while not self._judge.ready:
            _going_on(live)
            if (state := self._watch.sound()).sent >= before + self._plan.rate:
                self._judge.saw(state)
            time.sleep(LOOK_SECONDS)  # between two looks
        self._began = time.monotonic()
        return state

    def _disturbed(self, group: Sequence[Fault]) -> Recovered:
        """Does faults, the first when it is due and the others amid it; how the stack recovers from them all."""
        part, names = group[0].part, tuple(fault.part for fault in group)
        self._watch.peace(self._began + group[0].at, self._judge)
        self._judge.begin()
        began = time.monotonic()
        pid = self._stack.pid(part) if self._plan.kills else 0
        answers: float | None = None
        todo = [functools.partial(self._do, fault, fault.at - group[0].at) for fault in group]
        with self._hands.at_once(todo, self._faults.end) as works:
            if pid:
                answers = self._answers(part, pid) - began
            for work in works:
                work.result()
        end = self._watch.recovered(self._judge)
        took = time.monotonic() - began
        back = f", {part} answers after {answers:.1f} s" if answers is not None else ""
        self._say(f"{end} after {took:.1f} s{back}")
        return Recovered(end, took, names, answers)

    def _do(self, fault: Fault, later: float) -> None:
        if not self._faults.last(later):
            self._say(str(fault))
            self._faults.do(fault)
            self._done.append(fault)

    def _answers(self, part: str, dead: int) -> float:
        """The moment at which a part answers that is not the one that died; RECOVERY_SECONDS later if it does not."""
        until = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < until and (self._stack.living(part) in {0, dead} or not self._stack.answers(part)):
            time.sleep(LOOK_SECONDS / 4)  # between two looks
        return time.monotonic()

    def _say(self, words: str) -> None:
        self._tell(f"{time.monotonic() - self._began:6.1f} s  {words}")


def _going_on(live: subprocess.Popen[str]) -> None:
    if live.poll() is not None:
        raise RuntimeError(f"the stream ended before the faults did: {finish(live, code=INTERRUPTED)}")
