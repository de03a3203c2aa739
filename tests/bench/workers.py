"""One history drained by one stream processor and by more of them, on the cores there are: what each more one brings.

Each number of workers has topics of its own with the same events, so that nobody begins where another ended. Start-up
is left out: the rate is that between a tenth and nine tenths of the events.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ops.stack import environment
from schemas.scrape import scrape
from schemas.settings import Settings
from tests.bench.features import fill
from tests.bench.statistics import Usage
from tests.support.ports import free_ports
from tests.support.stack import own_settings, running

WORKERS = (1, 2, 3, 4)
EVENTS = "c360_stream_processors_events_total"
LOOK_SECONDS = 0.1
LONGEST_SECONDS = 900.0
_BOUND = (sys.executable, "-m", "ops.launcher.bound", "-m", "stream_processors")


def run(events: int = 2_000_000, customers: int = 200_000, workers: Sequence[int] = WORKERS) -> dict[str, Any]:
    """By number of workers: events/s, what it is times one worker's, and microseconds of processor time an event."""
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        settings = own_settings(Path(folder) / "home", topic_partitions=max(workers))
        with running(settings, parts=("kafka", "registry")):
            found = {
                number: _drained(settings, Path(folder) / f"of-{number}", number, events, customers)
                for number in workers
            }
    one = found[min(workers)]["events_per_second"]
    for figures in found.values():
        figures["times"] = round(figures["events_per_second"] / one, 2)
    return {"cores": os.cpu_count(), "events": events, "workers": {str(number): found[number] for number in workers}}


def _drained(settings: Settings, folder: Path, number: int, events: int, customers: int) -> dict[str, Any]:
    own = settings.model_copy(update={"topic_prefix": f"of-{number}."})
    fill({**os.environ, **environment(own)}, events, customers)
    ports = free_ports(number)
    with contextlib.ExitStack() as stack:
        members = [stack.enter_context(_worker(own, folder / str(place), port)) for place, port in enumerate(ports)]
        pids = {str(place): member.pid for place, member in enumerate(members)}
        usage = Usage(pids)
        counted, began = _wait(ports, members, 0.1 * events)
        usage.start()
        ended, until = _wait(ports, members, 0.9 * events)
        cores = sum(usage.cores().values())
    seconds = until - began
    return {
        "events_per_second": round((ended - counted) / seconds),
        "us_per_event": round(1e6 * cores * seconds / (ended - counted), 2),
        "cores_used": round(cores, 2),
    }


@contextlib.contextmanager
def _worker(settings: Settings, home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """One more worker of the group, with a state of its own; it ends with the block."""
    one = settings.model_copy(update={"home": home, "stream_processors_metrics_port": port})
    home.mkdir(parents=True)
    with (home / "log").open("wb") as log:
        worker = subprocess.Popen(_BOUND, env={**os.environ, **environment(one)}, stdout=log, stderr=log)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def _wait(ports: Sequence[int], members: Sequence[subprocess.Popen[bytes]], wanted: float) -> tuple[float, float]:
    """How many events the workers have counted, once these are as many as wanted, and when that was."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        counted = sum(sum(scrape(port).get(EVENTS, {}).values()) for port in ports)
        if counted >= wanted:
            return counted, time.monotonic()
        if any(member.poll() is not None for member in members):
            raise RuntimeError("a worker ended before everything was counted")
        time.sleep(LOOK_SECONDS)  # the sampling interval, not a wait for something
    raise RuntimeError(f"{counted:,.0f} of {wanted:,.0f} events were counted in {LONGEST_SECONDS:.0f} s")
