"""How long a set-up machine takes to answer on every port, and what the idle stack holds in memory."""

import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from ops.stack.status import part_statuses
from tests.bench.statistics import median
from tests.support.stack import own_settings, running

RUNS = 3


def run() -> dict[str, Any]:
    """Medians of starts into fresh state folders: seconds until up() returns, MB of all parts 5 s later."""
    seconds, memory = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
            settings = own_settings(Path(folder) / "home")
            began = time.monotonic()
            with running(settings):
                seconds.append(time.monotonic() - began)
                time.sleep(5)  # idle is what is asked for
                pids = [part.pid for part in part_statuses(settings).values() if part.pid]
                memory.append(sum(psutil.Process(pid).memory_info().rss for pid in pids) / 1e6)
    return {"up_seconds": round(median(seconds), 2), "idle_rss_mb": round(median(memory))}
