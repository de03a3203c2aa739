"""`python -m tests.bench.features_worker drain|restart RECORDS`: a worker of the app on one core, looked into.

`drain` says its figures once so many events are counted, `restart` once so many records are, customers included; then
it goes on until it is ended. Figures are of the time from the first event counted to the last.
"""

import collections
import functools
import io
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from schemas.settings import settings
from schemas.topics import CUSTOMERS
from stream_processors.intake import Intake
from stream_processors.partition import Partition
from stream_processors.processor import StreamProcessor, make_app
from stream_processors.publisher import Publisher
from stream_processors.snapshots import SnapshotStore
from stream_processors.worker import Worker
from tests.bench.watching import one_core, say, watch

#: Where the time of a stage is spent, each outside of all others.
STAGES: dict[str, tuple[tuple[type, str], ...]] = {
    "decode": ((Intake, "take"),),
    "update": ((Worker, "_count"),),
    "decide": ((Partition, "decide"),),
    "emit": ((Worker, "_publish"), (Publisher, "alert"), (Publisher, "dead_letter"), (Publisher, "poll")),
    "snapshot": ((Worker, "_snapshot"), (SnapshotStore, "save")),
}


class Stages:
    """Processor time of the worker's threads by stage, in seconds."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = collections.defaultdict(float)
        self._main = threading.get_ident()
        for stage, places in STAGES.items():
            for owner, name in places:
                setattr(owner, name, self._timed(stage, getattr(owner, name)))

    def _timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.thread_time() - began
                self._spent[stage] += spent
                if threading.get_ident() == self._main:
                    self._spent["main"] += spent

        return timed

    def read(self) -> dict[str, float]:
        """What was spent until now.

        Of the event loop's thread what no stage has, and the consumer's thread, are fetching; librdkafka's own threads
        are emitting.
        """
        python = dict(self._python_threads())
        spent = self._spent
        return {
            "fetch": python["main"] - spent["main"] + python["consumer"],
            "decode": spent["decode"],
            "update": spent["update"],
            "decide": spent["decide"],
            "emit": spent["emit"] + time.process_time() - sum(python.values()),
            "snapshot": spent["snapshot"],
        }

    def _python_threads(self) -> Iterator[tuple[str, float]]:
        totals: dict[str, float] = collections.defaultdict(float, main=0.0, consumer=0.0)
        for thread in threading.enumerate():
            assert thread.ident is not None
            kind = "main" if thread.ident == self._main else type(thread).__module__.partition(".")[0]
            used = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            totals["consumer" if kind == "mode" else kind] += used
        yield from totals.items()


def counted(app: StreamProcessor, customers: bool) -> int:
    """Records that lie behind the worker; 0 while it holds no partition."""
    left_out = None if customers else CUSTOMERS.name(settings())
    return sum(offset for (topic, _), offset in app.running.positions().items() if topic != left_out)


def report(app: StreamProcessor, stages: Stages, mode: str, records: int) -> None:
    """Says the figures when they are there."""
    count = functools.partial(counted, app, mode == "restart")
    while not count():
        time.sleep(0.002)
    before, began, first = stages.read(), time.perf_counter(), count()
    rates = watch(count, records)
    after, elapsed, last = stages.read(), time.perf_counter() - began, count()
    spent = {stage: after[stage] - before[stage] for stage in after}
    events = max(last - first, 1)
    say({
        **rates,
        "stages_us": {stage: round(spent[stage] / events * 1e6, 3) for stage in spent if stage != "snapshot"},
        "snapshot_share": round(spent["snapshot"] / elapsed, 4),
        "snapshot_share_of_cpu": round(spent["snapshot"] / max(sum(spent.values()), 1e-9), 4),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    })  # fmt: skip


def main(mode: str, records: int) -> None:
    """Runs the worker until it is told to stop."""
    one_core()
    stages = Stages()
    app = make_app(settings())
    app.prepare()
    threading.Thread(target=report, args=(app, stages, mode, records), daemon=True).start()
    app.finalize()
    app.Worker(loglevel="WARNING", override_logging=False, quiet=True, stdout=io.StringIO()).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
