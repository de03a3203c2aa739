"""`c360 export`."""

import contextlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from schemas.errors import UsageError
from schemas.registry import Registry
from schemas.settings import settings
from schemas.topics import EXTERNAL_IDS, SOURCES
from sinks.export.folder import Folder, fresh, refuse_existing
from sinks.export.progress import Shown
from sinks.export.tables import Tables
from sinks.export.topics import Topics

STREAMS = ("customers", "products", "transactions", "interactions")


@click.command("export")
@click.option("--to", type=click.Path(path_type=Path), help="new folder  [default: export-TIME in this folder]")
@click.option("--streams", help=f"some of {','.join(STREAMS)}  [default: all]")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["tables", "topics"]),
    default="tables",
    show_default=True,
    help="Tables hold each row once; topics every record, repeats and old versions too.",
)
@click.option("--format", "file_format", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="End with the account as one JSON object; no progress.")
def export_command(to: Path | None, streams: str | None, origin: str, file_format: str, as_json: bool) -> None:
    """Write what is stored to files that other tools read, and that producers.replay takes back as they are."""
    chosen = _streams(streams)
    began = time.monotonic()
    now = datetime.now(UTC)
    target = (to or Path(f"export-{now:%Y%m%dT%H%M%SZ}")).absolute()
    refuse_existing(target)
    here = settings()
    with (
        Registry(here) as registry,
        contextlib.closing(Topics(here, registry)) as topics,
        Shown(Console(soft_wrap=True), as_json) as shown,
        fresh(target, file_format) as folder,
    ):
        source = topics if origin == "topics" else Tables(here)
        for stream in chosen:
            _one(source, stream, folder, shown)
        for _ in topics.write(EXTERNAL_IDS.stream, folder):
            pass  # few, and not asked for: without them nobody knows whose the numbers are
        folder.close({"made_at": now.isoformat(timespec="seconds"), "from": origin, "sources": _sources(topics)})
        _say_unreadable(topics.unreadable)
    rows = {stream: folder.rows(stream) for stream in chosen}
    seconds = round(time.monotonic() - began, 3)
    words = " ".join(f"{stream}={number}" for stream, number in rows.items())
    click.echo(f"{words} seconds={seconds} to={target}")
    if as_json:
        click.echo(json.dumps({"to": str(target), "rows": rows, "seconds": seconds}))


def _sources(topics: Topics) -> list[list[Any]]:
    """Who holds which source number, claim by claim: event ids mean something beside them alone."""
    return [list(row) for frame in topics.frames(SOURCES.stream) for row in frame.select("name", "number").rows()]


def _say_unreadable(found: list[str]) -> None:
    if found:
        click.echo(f"{len(found):,} records are none of the contract and left out, the first {found[0]}", err=True)


def _one(source: Tables | Topics, stream: str, folder: Folder, shown: Shown) -> None:
    shown.begin(stream, source.count(stream))
    for rows in source.write(stream, folder):
        shown.add(rows)
    shown.end()


def _streams(text: str | None) -> list[str]:
    names = [name.strip() for name in text.split(",")] if text is not None else list(STREAMS)
    for name in names:
        if name not in STREAMS:
            raise UsageError(f"--streams names {name!r}: expected some of {', '.join(STREAMS)}.")
    return list(dict.fromkeys(names))
