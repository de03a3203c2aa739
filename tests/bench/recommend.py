"""Recommendations: the refresh of a whole shop, how good they are, and how fast they are answered.

A world's history goes into an embedded engine of its own, without Kafka; `live` lays one on a whole stack, too, and
asks while events arrive. Requests come at a set rate, whether those before are answered or not, and their time counts
from when they were due.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa  # type: ignore[import-untyped]  # ships without types
import urllib3
from clickhouse_connect.driver.client import Client

from producers.world.products import brand_names
from producers.world.world import World
from queries.recommend.serving import Recommender
from schemas.clients import reader_client
from schemas.records import symbols
from schemas.settings import Settings
from sinks import statements
from tests.bench.freshness import newest_age, quantiles, watched
from tests.bench.recommend_quality import quality
from tests.bench.recommend_world import Events, drawn, plan_of
from tests.bench.statistics import quantile
from tests.bench.world import filled, streaming
from tests.integration.queries.process import served
from tests.support.engine import RunningEngine, start_engine
from tests.support.ports import free_ports

RATE, SECONDS, CLIENTS = 200, 20.0, 64
API_KEY = "the key of this benchmark"
LIVE_RATE, LIVE_EVENTS, LIVE_WARM_UP = 20, 50_000, 15.0
#: Rows that are inserted at once.
BLOCK = 2_000_000
MB = 1 << 20


def run(scale: float = 1.0, live: bool = True) -> dict[str, Any]:
    """The figures, times in s or ms as named; `peak_rss_mb`: of the refresh and of the engine, together."""
    plan = plan_of(scale)
    world = plan.world()
    events = drawn(plan, world)
    figures = quality(world, events)
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder, start_engine(Path(folder) / "home") as engine:
        client = engine.client(autogenerate_session_id=False)
        _fill(client, world, events)
        del events
        figures |= _refreshed(engine.pid, _variables(engine))
        recommender = Recommender(engine.client(engine.reader, autogenerate_session_id=False))
        figures |= _served(recommender, plan.customers)
        figures |= _served_by_api(engine, plan.customers)
        client.close()
    if live:
        figures |= _live(scale, plan.customers)
    return figures


def _live(scale: float, customers: int) -> dict[str, Any]:
    with filled(None, scale) as (settings, variables):
        pid = _engine_pid(settings)
        refreshed = _refreshed(pid, variables)
        recommender = Recommender(settings)
        recommender.begin()  # as the API does when it starts
        with (
            contextlib.closing(recommender),
            contextlib.closing(reader_client(settings)) as client,
            streaming(variables, scale, LIVE_EVENTS),
        ):
            time.sleep(LIVE_WARM_UP)  # the load is what is asked for
            with watched(lambda: newest_age(client)) as ages:
                times = open_loop(_request(recommender, customers), LIVE_RATE, SECONDS)
    return {
        "serve_live_p50_ms": _ms(quantile(times, 0.5)),
        "serve_live_p99_ms": _ms(quantile(times, 0.99)),
        "serve_live_freshness": quantiles(ages),
        "live_refresh_seconds": refreshed["refresh_seconds"],
    }


def _served(recommender: Recommender, customers: int) -> dict[str, Any]:
    ask = _request(recommender, customers)
    for _ in range(20):
        ask()
    times = open_loop(ask, RATE, SECONDS)
    return {
        "serve_p50_ms": _ms(quantile(times, 0.5)),
        "serve_p99_ms": _ms(quantile(times, 0.99)),
        "requests_per_s": round(_closed_loop(ask, 16, SECONDS / 2), 1),
    }


def _served_by_api(engine: RunningEngine, customers: int) -> dict[str, Any]:
    """The same through one process of the API; and all that is known of a customer, at a tenth of the rate."""
    port, metrics_port = free_ports(2)
    given = {
        "home": engine.home,
        "clickhouse_url": engine.url,
        "clickhouse_database": engine.database,
        "clickhouse_reader_password": engine.reader.password,
        "api_port": port,
        "api_metrics_port": metrics_port,
        "api_key": API_KEY,
        "api_requests_per_second": 10 * RATE,
    }
    url = f"http://127.0.0.1:{port}/v1/customers"
    with (
        served("queries.api", given, engine.home / "api.log", "the API answers"),
        urllib3.PoolManager(maxsize=CLIENTS, headers={"X-API-Key": API_KEY}) as pool,
    ):
        ask, look = _get(pool, url, "/recommendations", customers), _get(pool, url, "", customers)
        for _ in range(20):
            ask()
            look()
        times, looks = open_loop(ask, RATE, SECONDS), open_loop(look, LIVE_RATE, SECONDS / 2)
    return {
        "serve_api_p50_ms": _ms(quantile(times, 0.5)),
        "serve_api_p99_ms": _ms(quantile(times, 0.99)),
        "api_customer_p50_ms": _ms(quantile(looks, 0.5)),
        "api_customer_p99_ms": _ms(quantile(looks, 0.99)),
    }


def _get(pool: urllib3.PoolManager, url: str, what: str, customers: int) -> Callable[[], None]:
    rng = random.Random(11)

    def ask() -> None:
        address = f"{url}/{rng.randint(1, customers)}{what}"
        answer = pool.request("GET", address)
        if answer.status != 200 or (what and len(answer.json()["items"]) != 20):
            raise RuntimeError(f"{address} answered {answer.status}: {answer.data[:200]!r}")

    return ask


def _request(recommender: Recommender, customers: int) -> Callable[[], None]:
    rng = random.Random(7)

    def ask() -> None:
        found = recommender.of(rng.randint(1, customers))
        if len(found.items) != 20:
            raise RuntimeError(f"customer {found.customer_id} got {len(found.items)} recommendations")

    return ask


def open_loop(ask: Callable[[], None], rate: int, seconds: float) -> list[float]:
    """Seconds from when each request was due until it was answered."""
    begin = time.perf_counter() + 0.1

    def request(number: int) -> float:
        due = begin + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        ask()
        return time.perf_counter() - due

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(request, range(round(rate * seconds))))


def _closed_loop(ask: Callable[[], None], clients: int, seconds: float) -> float:
    """Requests a second of clients who ask again as soon as they are answered."""
    until = time.perf_counter() + seconds

    def client(_: int) -> int:
        done = 0
        while time.perf_counter() < until:
            ask()
            done += 1
        return done

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(client, range(clients))) / seconds


def _refreshed(engine: int, variables: Any) -> dict[str, Any]:
    command = [sys.executable, "-m", "queries.recommend", "refresh", "--json"]
    process = subprocess.Popen(command, env=dict(variables), stdout=subprocess.PIPE, text=True)
    with _peak([process.pid, engine]) as peak:
        out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the refresh ended with {process.returncode}")
    answer = json.loads(out.splitlines()[-1])
    return {
        "refresh_seconds": answer["seconds"],
        "refreshed_customers": answer["customers"],
        "peak_rss_mb": round(max(sum(each) for each in peak) / MB),
        "refresh_rss_mb": round(max(each[0] for each in peak) / MB),
    }


@contextlib.contextmanager
def _peak(pids: list[int]) -> Iterator[list[tuple[int, ...]]]:
    """Memory of the processes five times a second."""
    seen: list[tuple[int, ...]] = [(0,) * len(pids)]
    stop = threading.Event()

    def watch() -> None:
        processes = [psutil.Process(pid) for pid in pids]
        while not stop.wait(0.2):
            try:
                seen.append(tuple(process.memory_info().rss for process in processes))
            except psutil.NoSuchProcess:
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


def _variables(engine: RunningEngine) -> dict[str, str]:
    return {
        **os.environ,
        "C360_HOME": str(engine.home),
        "C360_CLICKHOUSE_URL": engine.url,
        "C360_CLICKHOUSE_DATABASE": engine.database,
        "C360_CLICKHOUSE_WRITER_PASSWORD": engine.writer.password,
        "C360_CLICKHOUSE_READER_PASSWORD": engine.reader.password,
    }


def _engine_pid(settings: Settings) -> int:
    for process in psutil.process_iter(["cmdline", "environ"]):
        words, environ = process.info["cmdline"] or [], process.info["environ"] or {}
        if "sinks.embedded" in words and environ.get("C360_HOME") == str(settings.home):
            return int(process.pid)
    raise RuntimeError("there is no embedded engine")


def _fill(client: Client, world: World, events: Events) -> None:
    for statement in statements.tables(Settings()):
        client.command(statement)
    count, products = len(world.customers.segment), world.products
    segment = np.array(symbols("customer", "segment"))[world.customers.segment]
    _insert(
        client, "customers",
        {
            "customer_id": np.arange(1, count + 1, dtype=np.uint32), "segment": segment,
            "version": np.ones(count, np.uint64),
        },
    )  # fmt: skip
    goods = world.catalogue.laid(np.arange(len(products.cents)))
    _insert(
        client, "products", {
            "product_id": goods["product_id"].astype(np.uint32), "name": goods["name"],
            "category": np.array(list(world.parameters["categories"]))[products.category],
            "brand": np.array(brand_names(world.parameters))[products.brand],
            "price": pa.array(goods["price"] / 100).cast(pa.decimal128(12, 2)),
            "stock_quantity": goods["stock_quantity"],
            "launch_date": pa.array(goods["launch_date"].astype(np.int32), pa.date32()),
            "version": np.ones(len(products.cents), np.uint64),
        },
    )  # fmt: skip
    status = np.array(symbols("transaction", "status"))
    _insert(
        client, "transactions", {
            "transaction_id": np.arange(len(events.buyer), dtype=np.uint64),
            "customer_id": (events.buyer + 1).astype(np.uint32), "product_id": (events.bought + 1).astype(np.uint32),
            "status": status[events.status], "ts": events.bought_at,
        },
    )  # fmt: skip
    _insert(
        client, "interactions", {
            "interaction_id": np.arange(len(events.looker), dtype=np.uint64),
            "customer_id": (events.looker + 1).astype(np.uint32), "product_id": (events.looked + 1).astype(np.uint32),
            "ts": events.looked_at,
        },
    )  # fmt: skip
    for table in ("transactions", "interactions"):
        client.command(f"OPTIMIZE TABLE {table} FINAL")


def _insert(client: Client, table: str, columns: dict[str, Any]) -> None:
    for first in range(0, len(next(iter(columns.values()))), BLOCK):
        some = {name: column[first : first + BLOCK] for name, column in columns.items()}
        if "ts" in some:
            some["ts"] = pa.array(some["ts"], pa.timestamp("ms", tz="UTC"))
        client.insert_arrow(table, pa.table(some))


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)
