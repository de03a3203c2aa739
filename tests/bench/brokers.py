"""One load against one broker and against three that keep three copies: what a copy costs on one machine.

The simulator sends at a set rate and a stream processor reads along. Beside them a producer of its own sends one record
after the other, without gathering, and takes the time until each is acknowledged.
"""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from ops.stack import environment
from producers.delivery import configuration
from schemas.provision import create_topics
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, Topic
from tests.bench.statistics import Usage, median, quantile
from tests.bench.workers import counted, worker
from tests.support.brokers import Brokers, brokers_and_registry
from tests.support.ports import free_ports
from tests.support.simulator import finish, simulate, started
from tests.support.waiting import wait_for

ONE, THREE = 1, 3
CUSTOMERS_LAID = 50_000
WORLD = ("--customers", str(CUSTOMERS_LAID), "--products", "5000")
#: Of load before the measurement: a JVM that has just started compiles what it runs.
WARM_SECONDS = 10
#: The load goes on for so long after it.
MARGIN_SECONDS = 5
ASK_SECONDS = 0.05
ASKED = Topic("acknowledgements", "interaction", "customer_id", "delete", partitions=1)


def run(rate: int = 20_000, seconds: int = 30) -> dict[str, Any]:
    """By number of brokers: events/s, cores and microseconds an event of all brokers, milliseconds of one record.

    `times` is what an event costs three brokers over what it costs one.
    """
    one, three = (_measured(count, rate, seconds) for count in (ONE, THREE))
    return {
        "wanted": rate,
        str(ONE): one,
        str(THREE): three,
        "times": round(three["us_per_event"] / one["us_per_event"], 2),
    }


def _measured(count: int, rate: int, seconds: int) -> dict[str, Any]:
    (port,) = free_ports(1)
    with (
        tempfile.TemporaryDirectory(prefix="c360-bench-") as folder,
        brokers_and_registry(Path(folder), count) as (cluster, settings),
        worker(settings, Path(folder) / "worker", port),
    ):
        variables = {**os.environ, **environment(settings)}
        simulate(variables, *WORLD, "--only", "customers,products", "--rate", "max")
        create_topics(settings, [ASKED])
        wait_for(lambda: counted(settings, port, [CUSTOMERS]) >= CUSTOMERS_LAID, "the customers are read", 60)
        length = ("--rate", f"{rate}/s", "--duration", f"{WARM_SECONDS + seconds + MARGIN_SECONDS}s")
        with started(variables, *WORLD, *length) as simulator:
            wait_for(lambda: counted(settings, port) >= WARM_SECONDS * rate, "the load is read for a while", 60)
            figures = _under_load(cluster, settings, port, seconds)
            if simulator.poll() is not None:
                raise RuntimeError("the load ended before the measurement did")
            account = finish(simulator)
    return {**figures, "failed": account["failed"]}


def _under_load(cluster: Brokers, settings: Settings, port: int, seconds: int) -> dict[str, Any]:
    usage = Usage({str(number): pid for number, pid in cluster.pids.items()})
    asking = _Asking(settings)
    before, began = counted(settings, port), time.monotonic()
    usage.start()
    while time.monotonic() < began + seconds:
        asking.once()
        time.sleep(ASK_SECONDS)  # the sampling interval, not a wait for something
    cores, elapsed = sum(usage.cores().values()), time.monotonic() - began
    events = counted(settings, port) - before
    return {
        "events_per_second": round(events / elapsed),
        "cores": round(cores, 3),
        "us_per_event": round(1e6 * cores * elapsed / events, 2),
        "acknowledged_ms_p50": round(1e3 * median(asking.seconds), 1),
        "acknowledged_ms_p99": round(1e3 * quantile(asking.seconds, 0.99), 1),
        "acknowledged_n": len(asking.seconds),
    }


class _Asking:
    """A producer that has one record acknowledged at a time, and how long each took."""

    def __init__(self, settings: Settings) -> None:
        self._topic = ASKED.name(settings)
        self._producer = Producer({**configuration(settings, **{"linger.ms": 0}), "on_delivery": _told})
        self.seconds: list[float] = []
        self.once()
        # The first one waits for the connection, too.
        self.seconds.clear()

    def once(self) -> None:
        """Sends a record and waits for it."""
        began = time.monotonic()
        self._producer.produce(self._topic, b"?")
        if self._producer.flush(60):
            raise RuntimeError("a record was not acknowledged within a minute")
        self.seconds.append(time.monotonic() - began)


def _told(error: KafkaError | None, _: Message) -> None:
    if error is not None:
        raise RuntimeError(f"a record was not taken: {error.str()}")
