"""Does to the stack what the schedule says, and undoes it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

from schemas.scrape import scrape
from tests.chaos.ground import Ground, number
from tests.chaos.proxy import Link
from tests.chaos.schedule import (
    CLOCK,
    CUT,
    FULL,
    KILL,
    PAUSE,
    POISON,
    REBALANCE,
    RESTART,
    SCHEMA,
    SILENCE,
    SLOW,
    STALLING,
    Fault,
)
from tests.chaos.sender import Sender
from tests.support.ports import free_ports
from tests.support.waiting import wait_for

WORKER = (sys.executable, "-m", "ops.launcher.bound", "-m", "stream_processors")
#: Events of a producer whose clock is wrong.
STEPPED = 200


class Faults:
    """What each kind of fault is. A call returns when the fault is over, not when the stack has recovered from it.

    Several may be done at once, each in a thread of its own.
    """

    def __init__(self, ground: Ground, sender: Sender, past: bool) -> None:
        """`past`: the stream's events are not of today, and no others are sent beside them."""
        self._ground, self._sender = ground, sender
        self._over = threading.Event()
        self._kinds: dict[str, Callable[[Fault], None]] = {
            KILL: self._kill,
            PAUSE: self._pause,
            RESTART: self._restart,
            REBALANCE: self._rebalance,
            CUT: lambda fault: self._disconnected(fault, self._link(fault).cut),
            SILENCE: lambda fault: self._disconnected(fault, self._link(fault).silence),
            SLOW: lambda fault: self._disconnected(fault, self._link(fault).slow, fault.amount / 1000),
            FULL: self._full,
            STALLING: lambda fault: ground.disks[fault.part].slow(fault.seconds, self._over),
            POISON: lambda fault: sender.send_poison(fault.amount, amid=not past),
            SCHEMA: lambda fault: sender.send_wider(fault.amount),
            CLOCK: lambda fault: sender.send_stepped(STEPPED, fault.amount),
        }

    def do(self, fault: Fault) -> None:
        """Does one."""
        self._kinds[fault.kind](fault)

    def end(self) -> None:
        """What goes on is over now; nothing that is dead is started again."""
        self._over.set()
        self._sender.end()

    def last(self, seconds: float) -> bool:
        """Returns after so long, or when all is to end: whether that is so."""
        return self._over.wait(seconds)  # a fault's own length: nothing is waited for

    def _start(self, *brokers: str) -> None:
        if not self._over.is_set():
            self._ground.cluster.start(*map(number, brokers))

    def _kill(self, fault: Fault) -> None:
        if fault.part not in self._ground.links:
            os.kill(self._ground.pid(fault.part), signal.SIGKILL)
            return
        self._ground.cluster.kill(number(fault.part))
        self.last(fault.seconds)
        self._start(fault.part)

    def _pause(self, fault: Fault) -> None:
        pid = self._ground.pid(fault.part)
        os.kill(pid, signal.SIGSTOP)
        try:
            self.last(fault.seconds)
        finally:
            # Its supervisor may have ended it meanwhile.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _restart(self, fault: Fault) -> None:
        self._ground.kill_all()
        self.last(fault.seconds)
        self._start(*self._ground.links)

    def _rebalance(self, fault: Fault) -> None:
        with self._guest() as guest:
            self.last(fault.seconds)
            if fault.part == "leaves":
                guest.terminate()
                if code := guest.wait(120):
                    raise RuntimeError(f"a stream processor that was asked to leave ended with {code}")

    def _full(self, fault: Fault) -> None:
        self._ground.disks[fault.part].fill()
        try:
            self.last(fault.seconds)
        finally:
            self._ground.disks[fault.part].free()
        # A broker that cannot write ends.
        if fault.part in self._ground.links and not self._ground.cluster.answers(number(fault.part)):
            self._ground.cluster.kill(number(fault.part))
            self._start(fault.part)

    def _link(self, fault: Fault) -> Link:
        return self._ground.links[fault.part]

    def _disconnected(self, fault: Fault, how: Callable[..., None], *words: float) -> None:
        self._ground.net.tell(how, *words)
        try:
            self.last(fault.seconds)
        finally:
            self._ground.net.tell(self._link(fault).mend)

    @contextlib.contextmanager
    def _guest(self) -> Iterator[subprocess.Popen[bytes]]:
        """One more stream processor, on the same snapshots; killed with the block."""
        (port,) = free_ports(1)
        environment = {**self._ground.environment, "C360_STREAM_PROCESSORS_METRICS_PORT": str(port)}
        with (self._ground.settings.home / "logs" / "guests.log").open("ab") as log:
            guest = subprocess.Popen(WORKER, env=environment, stdout=log, stderr=log)
        try:
            wait_for(lambda: self._over.is_set() or scrape(port), "one more stream processor answers", seconds=60)
            yield guest
        finally:
            guest.kill()
            guest.wait()
