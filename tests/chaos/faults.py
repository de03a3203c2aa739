"""Does to the stack what the schedule says, and undoes it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from schemas.scrape import scrape
from tests.chaos.ground import Ground, number
from tests.chaos.schedule import KILL, PAUSE, REBALANCE, RESTART, Fault
from tests.support.ports import free_ports
from tests.support.waiting import wait_for

WORKER = (sys.executable, "-m", "ops.launcher.bound", "-m", "stream_processors")


class Faults:
    """What each kind of fault is. A call returns when the fault is over, not when the stack has recovered from it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._kinds: dict[str, Callable[[Fault], None]] = {
            KILL: self._kill,
            PAUSE: self._pause,
            RESTART: self._restart,
            REBALANCE: self._rebalance,
        }

    def do(self, fault: Fault) -> None:
        """Does one."""
        self._kinds[fault.kind](fault)

    def _kill(self, fault: Fault) -> None:
        if fault.part not in self._ground.links:
            os.kill(self._ground.pid(fault.part), signal.SIGKILL)
            return
        self._ground.cluster.kill(number(fault.part))
        _last(fault)
        self._ground.cluster.start(number(fault.part))

    def _pause(self, fault: Fault) -> None:
        pid = self._ground.pid(fault.part)
        os.kill(pid, signal.SIGSTOP)
        try:
            _last(fault)
        finally:
            # Its supervisor may have ended it meanwhile.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _restart(self, fault: Fault) -> None:
        self._ground.kill_all()
        _last(fault)
        self._ground.cluster.start(*map(number, self._ground.links))

    def _rebalance(self, fault: Fault) -> None:
        with self._guest() as guest:
            _last(fault)
            if fault.part == "leaves":
                guest.terminate()
                if code := guest.wait(120):
                    raise RuntimeError(f"a stream processor that was asked to leave ended with {code}")

    @contextlib.contextmanager
    def _guest(self) -> Iterator[subprocess.Popen[bytes]]:
        """One more stream processor, on the same snapshots; killed with the block."""
        (port,) = free_ports(1)
        environment = {**self._ground.environment, "C360_STREAM_PROCESSORS_METRICS_PORT": str(port)}
        with (self._ground.settings.home / "logs" / "guests.log").open("ab") as log:
            guest = subprocess.Popen(WORKER, env=environment, stdout=log, stderr=log)
        try:
            wait_for(lambda: scrape(port), "one more stream processor answers", seconds=60)
            yield guest
        finally:
            guest.kill()
            guest.wait()


def _last(fault: Fault) -> None:
    time.sleep(fault.seconds)  # the fault's own length: nothing is waited for
