"""A worker timed from inside: its rate by the clock and by the processor time it had, from the first event counted."""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any


def one_core() -> None:
    """Keeps this process, with all its threads, to one core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def say(figures: Mapping[str, Any]) -> None:
    """One line of JSON for whoever started this, whatever a framework does to stdout."""
    os.write(1, f"\n{json.dumps(figures)}\n".encode())


def watch(counted: Callable[[], float], events: int) -> dict[str, float]:
    """Waits until so many events are counted; events a second, and a second of this process's processor time."""
    while not (first := counted()):
        time.sleep(0.002)
    began, used = time.perf_counter(), time.process_time()
    while (count := counted()) < events:
        time.sleep(0.01)
    elapsed, used = time.perf_counter() - began, time.process_time() - used
    return {"per_second": (count - first) / elapsed, "per_cpu_second": (count - first) / used}


def rated(counted: Callable[[], float], events: int) -> None:
    """Says the rates from a thread of its own and ends the process: a clean stop would be measured by nobody."""

    def run() -> None:
        say(watch(counted, events))
        os._exit(0)

    threading.Thread(target=run, daemon=True).start()
