"""One history drained by one stream processor and by more of them, on the cores there are: what each more one brings.

Each number of workers has topics of its own with the same events, so that nobody begins where another ended. All begin
at once, with the same number of partitions each: Kafka waits for the last to join. Start-up is left out: the rate is
that between a tenth and nine tenths of the events.
"""

import contextlib
import math
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
from schemas.topics import Topic
from stream_processors import metrics
from stream_processors.intake import EVENTS
from tests.bench.features import fill
from tests.bench.statistics import Usage
from tests.support.brokers import brokers_and_registry
from tests.support.ports import free_ports

WORKERS = (1, 2, 3, 4)
#: Between one worker's joining the group and the next one's, at the longest.
JOIN_MS = 10_000
LOOK_SECONDS = 0.1
LONGEST_SECONDS = 900.0
_BOUND = (sys.executable, "-m", "ops.launcher.bound", "-m", "stream_processors")


def run(events: int = 2_000_000, customers: int = 200_000, workers: Sequence[int] = WORKERS) -> dict[str, Any]:
    """By number of workers: events/s, what it is times one worker's, and microseconds of processor time an event."""
    options, partitions = {"group.initial.rebalance.delay.ms": JOIN_MS}, math.lcm(*workers)
    with (
        tempfile.TemporaryDirectory(prefix="c360-bench-") as folder,
        brokers_and_registry(Path(folder), 1, options, topic_partitions=partitions) as (_, settings),
    ):
        found = {
            number: _drained(settings, Path(folder) / f"of-{number}", number, events, customers) for number in workers
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
        members = [stack.enter_context(worker(own, folder / str(place), port)) for place, port in enumerate(ports)]
        pids = {str(place): member.pid for place, member in enumerate(members)}
        usage = Usage(pids)
        before, began = _wait(own, ports, members, 0.1 * events)
        usage.start()
        ended, until = _wait(own, ports, members, 0.9 * events)
        cores = sum(usage.cores().values())
    seconds = until - began
    return {
        "events_per_second": round((ended - before) / seconds),
        "us_per_event": round(1e6 * cores * seconds / (ended - before), 2),
        "cores_used": round(cores, 2),
    }


@contextlib.contextmanager
def worker(settings: Settings, home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """One more worker of the group, with a state of its own; it ends with the block."""
    one = settings.model_copy(update={"home": home, "stream_processors_metrics_port": port})
    home.mkdir(parents=True)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(_BOUND, env={**os.environ, **environment(one)}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(
    settings: Settings, ports: Sequence[int], members: Sequence[subprocess.Popen[bytes]], wanted: float
) -> tuple[float, float]:
    """How many events the workers have counted, once these are as many as wanted, and when that was."""
    until, found = time.monotonic() + LONGEST_SECONDS, 0.0
    while time.monotonic() < until:
        found = sum(counted(settings, port) for port in ports)
        if found >= wanted:
            return found, time.monotonic()
        if any(member.poll() is not None for member in members):
            raise RuntimeError("a worker ended before everything was counted")
        time.sleep(LOOK_SECONDS)  # the sampling interval, not a wait for something
    raise RuntimeError(f"{found:,.0f} of {wanted:,.0f} events were counted in {LONGEST_SECONDS:.0f} s")


def counted(settings: Settings, port: int, topics: Sequence[Topic] = EVENTS) -> float:
    """Records of these topics that the worker with this port has counted, as it says itself."""
    by_topic = scrape(port).get(metrics.EVENTS.name, {})
    return sum(by_topic.get((("topic", topic.name(settings)),), 0.0) for topic in topics)
