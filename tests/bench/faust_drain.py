"""`python -m tests.bench.faust_drain ours|stock EVENTS [one-core]`: a worker draining the input topics.

The last line on stdout is its rates, see tests.bench.watching.
"""

import os
import sys
from typing import Any

from schemas.settings import settings
from stream_processors.processor import make_app
from tests.bench.stock_agent import StockFeatures, make_stock
from tests.bench.watching import one_core, rated


def main(kind: str, events: int, *how: str) -> None:
    """Runs the worker until it has counted the events."""
    app: Any
    if "one-core" in how:
        one_core()
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

    rated(counted, events)
    app.finalize()
    app.Worker(loglevel="ERROR", quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
