"""The web console: what so many open pages cost while events arrive, and how soon a first page is there."""

import asyncio
import contextlib
import re
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import psutil
import socketio
from playwright.sync_api import Browser

from ops.stack.status import part_statuses
from schemas.settings import Settings
from tests.bench.statistics import median
from tests.support.chromium import browser as chromium
from tests.support.simulator import simulate, started
from tests.support.stack import own_settings, running

WORLD = ("--customers", "5000", "--products", "500", "--seed", "7")
PAST = ("--duration", "200d", "--events", "100k", "--rate", "max", "--start", "2026-01-01T00:00:00Z")
VISITS = 7
SETTLE_SECONDS = 40.0
_CLIENT = re.compile(r"""['"]client_id['"]: ?['"]([0-9a-f-]+)""")


def run(consoles: int = 20, seconds: int = 60, rate: int = 1_000) -> dict[str, Any]:
    """Cores of the console's process with nobody and with so many pages open, and its memory.

    Seconds from asking for the first page, with nothing kept by the browser, until the picture is drawn.
    """
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        settings = own_settings(Path(folder) / "home")
        with running(settings) as environment:
            simulate(environment, *WORLD, *PAST, seconds=600)
            with started(environment, *WORLD, "--rate", f"{rate}/s"):
                figures = asyncio.run(_watched(settings, consoles, seconds))
                with chromium() as browser:
                    figures |= _visited(browser, settings)
    return {"consoles": consoles, "events_per_second": rate, **figures}


async def _watched(settings: Settings, consoles: int, seconds: int) -> dict[str, Any]:
    process = psutil.Process(part_statuses(settings, ["console"])["console"].pid)
    nobody = await _cores(process, seconds / 2)
    async with _open(settings, consoles) as heard:
        # What is worked out for the first page is not what it costs to keep pages open.
        await asyncio.sleep(SETTLE_SECONDS)
        before = sum(heard)
        cores = await _cores(process, seconds)
        messages = (sum(heard) - before) / consoles / seconds
        memory = process.memory_info().rss / 1e6
    return {
        "idle_cores": round(nobody, 4),
        "cores": round(cores, 4),
        "messages_per_page_and_second": round(messages, 2),
        "rss_mb": round(memory),
    }


async def _cores(process: psutil.Process, seconds: float) -> float:
    before, began = process.cpu_times(), time.monotonic()
    await asyncio.sleep(seconds)
    after, took = process.cpu_times(), time.monotonic() - began
    return float(after.user + after.system - before.user - before.system) / took


@contextlib.asynccontextmanager
async def _open(settings: Settings, count: int) -> AsyncIterator[list[int]]:
    """So many first pages, held open as browsers hold them; how many messages each has been sent."""
    heard = [0] * count
    clients = [socketio.AsyncClient(reconnection=False) for _ in range(count)]
    try:
        async with httpx2.AsyncClient(base_url=settings.console_url, timeout=60) as web:
            await web.post("/login", data={"password": settings.console_secret})
            cookies = "; ".join(f"{name}={value}" for name, value in web.cookies.items())
            for number, client in enumerate(clients):
                page = await web.get("/", headers={"Accept": "text/html"})
                found = _CLIENT.search(page.text)
                assert found is not None, page.text[:500]

                def count_it(*_: object, number: int = number) -> None:
                    heard[number] += 1

                client.on("*", count_it)
                query = {
                    "client_id": found[1], "tab_id": str(uuid.uuid4()), "document_id": str(uuid.uuid4()),
                    "next_message_id": 0, "implicit_handshake": "true",
                }  # fmt: skip
                await client.connect(
                    f"{settings.console_url}?{urlencode(query)}",
                    headers={"Cookie": cookies},
                    transports=["websocket"],
                    socketio_path="/_nicegui_ws/socket.io",
                )
        yield heard
    finally:
        for client in clients:
            await client.disconnect()


def _visited(browser: Browser, settings: Settings) -> dict[str, Any]:
    """Seconds until the picture is drawn, by somebody who was never there, and by somebody who was."""
    first: list[float] = []
    next_: list[float] = []
    for _ in range(VISITS):
        with contextlib.closing(browser.new_context()) as context:
            context.request.post(f"{settings.console_url}/login", form={"password": settings.console_secret})
            page = context.new_page()
            for kept in (first, next_):
                began = time.monotonic()
                page.goto(settings.console_url, wait_until="commit")
                page.locator("[data-card=kafka]").wait_for()
                kept.append(time.monotonic() - began)
            # Whoever is too quick is told to wait.
            time.sleep(1)
    return {"first_page_seconds": round(median(first), 2), "next_page_seconds": round(median(next_), 2)}
