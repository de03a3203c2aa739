"""Runs the simulator beside a live status: what is sent, stored, counted, and how fresh it is."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client
from rich.console import Console

from ops.progress import Progress
from ops.stack import environment
from schemas.clients import reader_client
from schemas.errors import C360Error
from schemas.scrape import scrape
from schemas.settings import Settings
from sinks.statements import sql

EVERY_SECONDS = 2.0
DRAIN_SECONDS = 180.0
POLL_SECONDS = 0.5


def simulate(console: Console, here: Settings, arguments: list[str], until_stopped: bool = False) -> dict[str, Any]:
    """Runs `producers.simulate` to its end; answers the account it prints.

    Raises:
        C360Error: it failed, or not everything was acknowledged.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        # In a session of its own Ctrl-C reaches it once, from here; bound, it ends with this process however that ends.
        command = [sys.executable, "-m", "ops.launcher.bound", "-m", "producers.simulate", *arguments, "--json"]
        with out.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(
                command,
                env={**os.environ, **environment(here)},
                stdout=file,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            try:
                _watch(console, here, process)
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                process.wait()
                if not until_stopped:
                    raise
        lines = out.read_text(encoding="utf-8").strip().splitlines()
        error = (process.stderr.read() if process.stderr else "").strip()
    if process.returncode != 0 and not (until_stopped and process.returncode == 130):
        raise C360Error(f"The simulator failed: {(error or 'no message').splitlines()[-1]}")
    summary: dict[str, Any] = json.loads(lines[-1])
    console.print(
        f"sent {summary['sent']:,} = acknowledged {summary['acknowledged']:,} + failed {summary['failed']:,}",
        highlight=False,
    )
    return summary


def drained(console: Console, here: Settings) -> None:
    """Waits until all that is in Kafka is stored and counted in features, and every changed customer is published.

    Raises:
        C360Error: it is not within three minutes.
    """
    console.print("Waiting until everything sent is stored, counted and published ...")
    deadline = time.monotonic() + DRAIN_SECONDS
    progress = Progress(here)
    while not progress.done():
        if time.monotonic() > deadline:
            raise C360Error(
                f"Not everything arrived in {DRAIN_SECONDS:.0f} s: {progress.to_store()} records are not stored, "
                f"{progress.to_count()} not counted, {progress.to_publish()} customers not published. See 'c360 logs'."
            )
        time.sleep(POLL_SECONDS)
    console.print("Everything sent is stored, counted and published.")


def _watch(console: Console, here: Settings, process: subprocess.Popen[str]) -> None:
    progress, client = Progress(here), reader_client(here)
    began = time.monotonic()
    while True:
        try:
            process.wait(EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            words = [
                f"{time.monotonic() - began:5.0f} s",
                f"acknowledged {_acknowledged(here):>12,}",
                f"to store {progress.to_store():>9,}",
                f"to count {_said(progress.to_count())}",
                f"freshness {_freshness(client)}",
            ]
            console.print("   ".join(words), highlight=False)
        else:
            return


def _acknowledged(here: Settings) -> int:
    return int(sum(scrape(here.producers_metrics_port).get("c360_producers_acknowledged_records_total", {}).values()))


def _freshness(client: Client) -> str:
    ages = [age for _, age in client.query(sql("freshness")).result_rows]
    return f"{max(ages):.2f} s" if ages else "- (nothing live)"


def _said(count: int | None) -> str:
    return "        -" if count is None else f"{count:>9,}"
