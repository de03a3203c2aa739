"""`c360 export`."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from schemas.errors import UsageError
from schemas.settings import settings
from sinks.export.folder import Folder, fresh, refuse_existing
from sinks.export.progress import Shown
from sinks.export.tables import Tables

STREAMS = ("customers", "products", "transactions", "interactions")


@click.command("export")
@click.option("--to", type=click.Path(path_type=Path), help="new folder  [default: export-TIME in this folder]")
@click.option("--streams", help=f"some of {','.join(STREAMS)}  [default: all]")
@click.option("--format", "file_format", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="End with the account as one JSON object; no progress.")
def export_command(to: Path | None, streams: str | None, file_format: str, as_json: bool) -> None:
    """Write what is stored to files that other tools read, and that producers.replay takes back as they are."""
    chosen = _streams(streams)
    began = time.monotonic()
    now = datetime.now(UTC)
    target = (to or Path(f"export-{now:%Y%m%dT%H%M%SZ}")).absolute()
    refuse_existing(target)
    source = Tables(settings())
    with Shown(Console(soft_wrap=True), as_json) as shown, fresh(target, file_format) as folder:
        for stream in chosen:
            _one(source, stream, folder, shown)
        folder.close({"made_at": now.isoformat(timespec="seconds"), "from": "tables"})
    rows = {stream: folder.rows(stream) for stream in chosen}
    seconds = round(time.monotonic() - began, 3)
    words = " ".join(f"{stream}={number}" for stream, number in rows.items())
    click.echo(f"{words} seconds={seconds} to={target}")
    if as_json:
        click.echo(json.dumps({"to": str(target), "rows": rows, "seconds": seconds}))


def _one(source: Tables, stream: str, folder: Folder, shown: Shown) -> None:
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
