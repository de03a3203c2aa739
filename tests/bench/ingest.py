"""Simulator to answers at a set rate, every part of the embedded stack running, audited by id.

Freshness is looked at from outside, four times a second: the age of the newest event that a reader can see, in the
slowest of the two tables and of all partitions.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from clickhouse_connect.driver.client import Client

from ops.progress import Progress
from ops.stack.status import part_statuses
from schemas.clients import reader_client
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.bench.audit import audit
from tests.bench.files import sql
from tests.bench.freshness import newest_age
from tests.bench.statistics import Usage, quantile
from tests.support.stack import own_settings, running
from tests.support.waiting import wait_for

EVENTS = (TRANSACTIONS, INTERACTIONS)


def run(
    rate: int = 50_000, seconds: int = 60, customers: int = 1_000_000, products: int = 50_000, seed: int = 7
) -> dict[str, Any]:
    """The figures of one run on a stack of its own; rates in events/s, times in s, memory in MB."""
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        settings = own_settings(Path(folder) / "home")
        with running(settings) as environment:
            world = ["--customers", str(customers), "--products", str(products), "--seed", str(seed)]
            _simulate(environment, [*world, "--only", "customers,products", "--rate", "max"])
            client = reader_client(settings)
            wait_for(
                lambda: client.command(sql("tests.bench", "customers_stored")) == customers,
                f"{customers} customers stored",
                seconds=180,
                every=1.0,
            )
            wait_for(Progress(settings).done, "the stream processors read the customers", seconds=180, every=0.5)
            return _measure(settings, environment, client, world, rate, seconds, Path(folder) / "acked.npz")


def _measure(
    settings: Settings,
    environment: Mapping[str, str],
    client: Client,
    world: list[str],
    rate: int,
    seconds: int,
    acked: Path,
) -> dict[str, Any]:
    command = [*_SIMULATE, *world, "--rate", f"{rate}/s", "--duration", f"{seconds}s", "--acked", str(acked), "--json"]
    simulator = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, text=True)
    usage = Usage(
        {**{part: one.pid for part, one in part_statuses(settings).items() if one.pid}, "simulate": simulator.pid}
    )
    wait_for(lambda: newest_age(client) is not None, "the first event is stored", seconds=60)
    usage.start()
    ages = []
    began = time.monotonic()
    cores: dict[str, float] = {}
    while simulator.poll() is None:
        time.sleep(0.25)  # the sampling interval, not a wait for something
        usage.sample()
        age = newest_age(client)
        if age is not None and simulator.poll() is None:
            ages.append(age)
            cores = usage.cores() if time.monotonic() - began > seconds * 0.9 and not cores else cores
    progress = Progress(settings)
    backlog = max(progress.to_store(), progress.to_count() or 0)
    out, _ = simulator.communicate()
    if simulator.returncode != 0:
        raise RuntimeError(f"simulate ended with {simulator.returncode}: {out[-2000:]}")
    summary = json.loads(out.strip().splitlines()[-1])
    wait_for(
        lambda: progress.to_store() == 0 and progress.to_count() == 0, "everything stored and counted", seconds=120
    )
    lists = np.load(acked)
    audits = [audit(settings, topic, lists[topic.stream]) for topic in EVENTS]
    return {
        "rate": round(summary["acknowledged"] / summary["seconds"], 1),
        "lost": sum(one.lost for one in audits) + summary["failed"],
        "duplicates_visible": sum(one.duplicates_visible for one in audits),
        "backlog_end": backlog,
        "freshness_p50": round(quantile(ages, 0.5), 3),
        "freshness_p99": round(quantile(ages, 0.99), 3),
        "cores": {**cores, "all": round(sum(cores.values()), 3)},
        "rss_mb": usage.resident_mb(),
        "acknowledged": summary["acknowledged"],
    }


def _simulate(environment: Mapping[str, str], arguments: list[str]) -> None:
    subprocess.run([*_SIMULATE, *arguments], env=dict(environment), check=True, stdout=subprocess.DEVNULL)


_SIMULATE = [sys.executable, "-m", "producers.simulate"]
