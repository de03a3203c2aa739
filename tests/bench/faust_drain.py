"""`python -m tests.bench.faust_drain ours|stock EVENTS`: one worker draining the input topics, timed from inside.

The last line on stdout is the number of events per second, from the first event counted to the last.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from schemas.settings import settings
from stream_processors.processor import make_app
from tests.bench.stock_agent import StockFeatures, make_stock


def watch(counted: Callable[[], float], events: int) -> None:
    """Ends the process once so many events are counted, with their rate."""
    while not (first := counted()):
        time.sleep(0.002)
    began = time.perf_counter()
    while (count := counted()) < events:
        time.sleep(0.01)
    # Faust's spinner may have left something on the line.
    print(f"\n{(count - first) / (time.perf_counter() - began):.1f}", flush=True)
    os._exit(0)  # a clean stop would be measured by nobody


def main(kind: str, events: int) -> None:
    """Runs the worker until it has counted the events."""
    app: Any
    if kind == "ours":
        app = make_app(settings())
        app.prepare()

        def counted() -> float:
            positions = app.running.positions()
            return float(sum(positions.values()))
    else:
        features = StockFeatures()
        app = make_stock(settings(), f"stock-{os.getpid()}", features)

        def counted() -> float:
            return float(features.count)

    threading.Thread(target=watch, args=(counted, events), daemon=True).start()
    app.finalize()
    app.Worker(loglevel="ERROR", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
