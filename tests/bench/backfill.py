"""The client's history on a stack of its own: produced, stored with its edges, rolled up, computed into features.

Once whole and once a tenth of it, to see that time grows as the records do.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ops.progress import Progress
from ops.stack import environment
from ops.stack.status import part_statuses
from producers.backfill import history
from schemas.clients import reader_client, writer_client
from schemas.groups import STORED, clickhouse_group
from schemas.lag import lag
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS
from tests.bench.files import sql
from tests.bench.statistics import Usage
from tests.support.stack import own_settings, running

INPUTS = (CUSTOMERS, PRODUCTS, TRANSACTIONS, INTERACTIONS)
LOOK_SECONDS, SAY_SECONDS, LONGEST_SECONDS = 0.5, 5.0, 3600.0
_COMMAND = [sys.executable, "-m", "producers.backfill", "--json"]


def run(
    home: Path | None = None, scale: float = 1.0, workers: int = 1, kills: int = 0, tenth: bool = True
) -> dict[str, Any]:
    """The figures of a whole history and, unless told otherwise, of a tenth; times in s, memory in MB, disk in GB.

    It is sent into the empty stack of `home`, which then has it, or into one of its own. `kills` times on the way the
    sender is killed (-9) and started again; the tenth is left in peace, so that ratios and times are upper bounds.
    """
    whole = _measured(home, scale, workers, kills)
    if not tenth:
        return whole
    small = _measured(None, scale / 10, workers, 0)
    ratios = {"linear_ratio": "seconds", "linear_ratio_stored": "stored_seconds"}
    return {**whole, "tenth": small, **{name: _ratio(whole, small, until) for name, until in ratios.items()}}


def _ratio(whole: Mapping[str, Any], small: Mapping[str, Any], until: str) -> float:
    """How much longer a record takes in the whole than in the tenth, start-up excluded.

    Rollups wait between their builds, which a tenth feels most: `stored_seconds` leaves that out.
    """
    one, other = ((run[until] - run["start_seconds"]) / run["records"] for run in (whole, small))
    return round(float(one / other), 3)


def _measured(home: Path | None, scale: float, workers: int, kills: int) -> dict[str, Any]:
    if home is not None:
        settings = Settings(home=home)
        return _Backfill(settings, {**os.environ, **environment(settings)}).run(f"{scale:.6f}", workers, kills)
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        settings = own_settings(Path(folder) / "home")
        with running(settings) as variables:
            return _Backfill(settings, variables).run(f"{scale:.6f}", workers, kills)


@dataclass(frozen=True)
class Behind:
    """What is left to do: records in Kafka that are not stored or not in the features, months not rolled up."""

    to_store: int
    to_count: int | None
    to_roll_up: int

    @property
    def nothing(self) -> bool:
        """Whether all is done."""
        return (self.to_store, self.to_count, self.to_roll_up) == (0, 0, 0)


class _Backfill:
    """One history on one stack."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings, self._environment = settings, environment
        self._progress, self._client = Progress(settings), reader_client(settings)
        self._began = self._said = 0.0

    def run(self, scale: str, workers: int, kills: int) -> dict[str, Any]:
        """Sends it and waits until everything has arrived everywhere."""
        command = [*_COMMAND, "--scale", scale, "--workers", str(workers)]
        # A sender that was killed cannot say what it sent: what there is to send is counted before, apart from Kafka.
        wanted = self._wanted([*command, "--dry-run"], float(scale)) if kills else None
        self._began = time.monotonic()
        pids = {part: one.pid for part, one in part_statuses(self._settings).items() if one.pid}
        usage, sender = Usage(pids), Usage({})
        usage.start()
        before = _children_seconds()
        for kill in range(kills):
            self._sent(command, usage, sender, until=(kill + 1) / (kills + 1))
        account = json.loads(self._sent(command, usage, sender))
        if not account["complete"]:
            raise RuntimeError(f"the backfill is not complete: {account}")
        produced, spent = time.monotonic() - self._began, _children_seconds() - before
        stored = self._arrived(usage)
        seconds = time.monotonic() - self._began
        return {
            **self._figures({**account, **wanted} if wanted else account, seconds),
            "produce_seconds": round(produced if kills else account["seconds"], 1),
            "stored_seconds": round(stored, 1),
            "start_seconds": round(0.0 if kills else produced - account["seconds"], 1),
            "kills": kills,
            "peak_rss_mb": {**usage.resident_mb(), **sender.resident_mb()},
            "disk_gb": self._disk(),
            "cores": {**usage.cores(), "backfill": round(spent / seconds, 3)},
        }

    def _wanted(self, command: list[str], scale: float) -> dict[str, Any]:
        out = subprocess.run(command, env=dict(self._environment), stdout=subprocess.PIPE, text=True, check=True).stdout
        made = json.loads(out.strip().splitlines()[-1])
        laid = {"customers": round(history.CUSTOMERS * scale), "products": round(history.PRODUCTS * scale)}
        return {"sent": made["made"], "streams": made["streams"], "laid": laid}

    def _sent(self, command: list[str], usage: Usage, sender: Usage, until: float = 0.0) -> str:
        """Sends to the end and gives the last line; or to this share of the events, and kills what sends."""
        process = subprocess.Popen(command, env=dict(self._environment), stdout=subprocess.PIPE, text=True)
        sender.pids = {"backfill": process.pid}
        try:
            self._watch(process, usage, sender, until)
        finally:
            process.kill()
            out, _ = process.communicate()
        if until and not out:
            click.echo(f"{time.monotonic() - self._began:5.0f} s  killed at {self._position():.0%}", err=True)
        return out.strip().splitlines()[-1] if out else ""

    def _position(self) -> float:
        """The share of the events that the sender keeps as acknowledged."""
        kept = [json.loads(file.read_text("utf-8")) for file in (self._settings.home / "backfill").glob("*.json")]
        return max((one["position"] / one["events"] for one in kept), default=0.0)

    def _watch(self, process: "subprocess.Popen[str]", usage: Usage, sender: Usage, until: float) -> None:
        while process.poll() is None and not (until and self._position() >= until):
            usage.sample()
            sender.sample()
            if self._due():
                self._say("producing", self._behind())
            time.sleep(LOOK_SECONDS)  # the sampling interval, not a wait for something

    def _arrived(self, usage: Usage) -> float:
        """Waits until nothing is left to do; answers after how long all was stored and in the features."""
        deadline, stored = time.monotonic() + LONGEST_SECONDS, 0.0
        while not (behind := self._behind()).nothing:
            if not stored and (behind.to_store, behind.to_count) == (0, 0):
                stored = time.monotonic() - self._began
            usage.sample()
            if self._due():
                self._say("arriving", behind)
            if time.monotonic() > deadline:
                raise RuntimeError(f"not everything arrived in {LONGEST_SECONDS:.0f} s: {behind}")
            time.sleep(LOOK_SECONDS)
        return stored or time.monotonic() - self._began

    def _behind(self) -> Behind:
        lags = lag(self._settings)
        groups = {clickhouse_group(self._settings, topic) for topic in STORED if topic in INPUTS}
        to_store = sum(records for (group, _), records in lags.items() if group in groups)
        return Behind(to_store, self._progress.to_count(), self._to_roll_up())

    def _to_roll_up(self) -> int:
        rows = self._client.query(sql("sinks", "rollups_behind")).result_rows
        return sum(int(chunks) for _, chunks in rows)

    def _figures(self, account: dict[str, Any], seconds: float) -> dict[str, Any]:
        rows = self._client.query(sql("tests.bench", "event_ids")).result_rows
        stored = {stream: (ids, seen) for stream, ids, seen in rows}
        sent = {**account["streams"], **account["laid"]}
        return {
            "records": account["sent"] + sum(account["laid"].values()),
            "seconds": round(seconds, 1),
            "stored": {stream: ids for stream, (ids, _) in stored.items()},
            "lost": sum(max(0, sent[stream] - ids) for stream, (ids, _) in stored.items()) + account["failed"],
            "duplicates_visible": sum(seen - ids for ids, seen in stored.values()),
            "edges_missing": int(self._client.query(sql("tests.bench", "edges_missing")).result_rows[0][0]),
        }

    def _disk(self) -> dict[str, float]:
        rows = writer_client(self._settings).query(sql("tests.bench", "disk")).result_rows
        sizes = {str(kind): int(size) for kind, size in rows}
        kafka = sum(
            file.stat().st_blocks * 512 for file in (self._settings.home / "kafka").rglob("*") if file.is_file()
        )
        total = sum(sizes.get(kind, 0) for kind in ("raw", "edges", "rollups"))
        return {name: round(size / 1e9, 3) for name, size in {"kafka": kafka, **sizes, "total": total}.items()}

    def _due(self) -> bool:
        now = time.monotonic()
        due = now - self._said > SAY_SECONDS
        self._said = now if due else self._said
        return due

    def _say(self, doing: str, behind: Behind) -> None:
        counted = "-" if behind.to_count is None else f"{behind.to_count:,}"
        click.echo(
            f"{time.monotonic() - self._began:5.0f} s  {doing}   to store {behind.to_store:,}   to count {counted}   "
            f"to roll up {behind.to_roll_up}",
            err=True,
        )


def _children_seconds() -> float:
    """Processor time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
