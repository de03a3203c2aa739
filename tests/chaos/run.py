"""One run: a history, a stream under the faults of a schedule, and the account."""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from schemas.cli import INTERRUPTED
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.chaos import alerts, checks
from tests.chaos.faults import Faults
from tests.chaos.ground import HOME, KEPT, Ground, Look, ground
from tests.chaos.schedule import BROKER, KINDS, PAST_KINDS, Fault, schedule
from tests.chaos.sender import Sender
from tests.support.simulator import finish, simulate, started

#: Longer than all faults take.
LONGEST = "10h"
#: Thirteen months; of each customer so many events are laid before the stream.
HISTORY = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d")
EVENTS_EACH = 12
#: A stream of the past has events for so many times its length: faults take longer than planned.
ROOM = 6
#: Behind by fewer seconds' events, the stack has recovered.
BOUNDED_SECONDS = 5
#: A stack that has not recovered by then is stuck.
RECOVERY_SECONDS = 240.0
SETTLE_SECONDS = 300.0
LOOK_SECONDS = 0.2
#: What is waited for is said so often.
WORD_SECONDS = 10.0


@dataclass(frozen=True)
class Plan:
    """What is asked for: events a second, seconds of stream, and the schedule's seed and number of faults."""

    seed: int
    seconds: float
    rate: int
    brokers: int = 1
    faults: int | None = None
    customers: int = 5_000
    disks: bool = False
    past: bool = False

    @property
    def world(self) -> tuple[str, ...]:
        """Words for the simulator."""
        return "--customers", str(self.customers), "--products", "500", "--seed", str(self.seed)

    @property
    def schedule(self) -> tuple[Fault, ...]:
        """What is done when."""
        links = [f"{BROKER}{place}" for place in range(1, self.brokers + 1)]
        disks = [*links, HOME] if self.disks else []
        return schedule(
            self.seed, self.seconds, [*links, *KEPT], self.faults, disks, PAST_KINDS if self.past else KINDS
        )


def run(plan: Plan, say: Callable[[str], None], logs: Path | None = None) -> dict[str, Any]:
    """Numbers of what is wrong; of faults and of seconds until all was well again at most.

    The parts' logs are copied into the folder `logs`, however it ends.
    """
    with (
        tempfile.TemporaryDirectory(prefix="c360-chaos-") as folder,
        ground(Path(folder), plan.brokers, plan.disks) as stack,
    ):
        try:
            return _Run(plan, stack, Path(folder), say).run()
        finally:
            if logs:
                for home in (stack.settings.home, *stack.cluster.homes):
                    shutil.copytree(home / "logs", logs / home.name, dirs_exist_ok=True)


class _Run:
    """One stack under one schedule."""

    def __init__(self, plan: Plan, stack: Ground, folder: Path, say: Callable[[str], None]) -> None:
        self._plan, self._stack, self._folder = plan, stack, folder
        self._sender = Sender(stack.settings, plan.customers, plan.seed)
        self._faults, self._look = Faults(stack, self._sender, plan.past), Look(stack)
        self._began, self._tell = time.monotonic(), say
        self._unrecovered = 0

    def run(self) -> dict[str, Any]:
        """All of it."""
        words = self._stream()
        with started(self._stack.environment, *words) as live:
            self._began = time.monotonic()
            recoveries = [self._disturbed(fault) for fault in self._plan.schedule]
            self._until(self._plan.seconds)
            if live.poll() is not None:
                raise RuntimeError(f"the stream ended before the faults did: {finish(live, code=INTERRUPTED)}")
            live.send_signal(signal.SIGINT)
            account = finish(live, seconds=SETTLE_SECONDS, code=INTERRUPTED)
        self._say(f"{account['acknowledged']:,} events acknowledged, {account['failed']:,} refused")
        settled = self._settled()
        return {**self._checked(settled), "faults": len(recoveries), "recovery_max_s": round(max(recoveries), 1)}

    def _stream(self) -> tuple[str, ...]:
        """The stream's words for the simulator; what comes before it is laid."""
        sent = ("--rate", f"{self._plan.rate}/s", "--acked", str(self._acked("live")))
        if self._plan.past:
            events = round(ROOM * self._plan.rate * self._plan.seconds)
            return (*self._plan.world, *HISTORY, "--events", str(events), *sent)
        laid = (*HISTORY, "--events", str(EVENTS_EACH * self._plan.customers), "--rate", "max")
        words = (*self._plan.world, *laid, "--acked", str(self._acked("history")))
        simulate(self._stack.environment, *words, seconds=SETTLE_SECONDS)
        return (*self._plan.world, "--duration", LONGEST, *sent)

    def _acked(self, name: str) -> Path:
        return self._folder / f"{name}.npz"

    def _checked(self, settled: bool) -> dict[str, int]:
        settings = self._stack.settings
        lists = [np.load(path) for path in map(self._acked, ("history", "live")) if path.exists()]
        ids = {
            topic.stream: np.concatenate([one[topic.stream] for one in lists]) for topic in (TRANSACTIONS, INTERACTIONS)
        }
        ids[TRANSACTIONS.stream] = np.concatenate([ids[TRANSACTIONS.stream], self._sender.acknowledged])
        left = checks.stuck(settings)
        for group, topic, partition in left:
            self._say(f"{group} is stuck in {topic}/{partition}")
        return {
            **checks.audited(settings, ids),
            **checks.features(self._stack.environment),
            **checks.rollups(settings),
            **checks.dead_letters(settings, self._sender.poison),
            "alerts_missing": alerts.missing(settings, self._stack.environment, self._folder / "again", self._say),
            "stuck": len(left) + self._unrecovered + (not settled and not left),
        }

    def _disturbed(self, fault: Fault) -> float:
        """Does it when it is due; seconds from then on until all is well."""
        self._until(fault.at)
        self._say(str(fault))
        began = time.monotonic()
        self._faults.do(fault)
        trouble = self._trouble(BOUNDED_SECONDS * self._plan.rate, RECOVERY_SECONDS)
        took = time.monotonic() - began
        if trouble:
            self._unrecovered += 1
            self._say(f"not recovered from {fault}: {trouble}")
        else:
            self._say(f"recovered after {took:.1f} s")
        return took

    def _settled(self) -> bool:
        """Waits until everything is stored, counted and published; False when that does not come."""
        trouble = self._trouble(0, SETTLE_SECONDS)
        self._say(f"it does not come to rest: {trouble}" if trouble else "everything is stored, counted and published")
        return not trouble

    def _trouble(self, most: int, seconds: float) -> str:
        """What is still not well after so long, or nothing as soon as all is."""
        until = time.monotonic() + seconds
        said, next_word = "", time.monotonic() + WORD_SECONDS
        while (trouble := self._look.trouble(most)) and time.monotonic() < until:
            if time.monotonic() > next_word and trouble != said:
                self._say(f"  not yet: {trouble}")
                said, next_word = trouble, time.monotonic() + WORD_SECONDS
            time.sleep(LOOK_SECONDS)  # between two looks
        return trouble

    def _until(self, seconds: float) -> None:
        time.sleep(max(0.0, self._began + seconds - time.monotonic()))  # the schedule's time: nothing is waited for

    def _say(self, words: str) -> None:
        self._tell(f"{time.monotonic() - self._began:6.1f} s  {words}")


#: What is wrong if it is not 0.
WRONG: Sequence[str] = (
    "lost", "duplicates", "feature_mismatches", "rollup_mismatches", "alerts_missing", "dead_letters_wrong", "stuck",
)  # fmt: skip
