"""`c360 backup` and `c360 restore`."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn

from ops.backup.backup import backup, elsewhere, restore
from schemas.progress import Shown
from schemas.settings import settings


@click.command("backup")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object; no progress.")
def backup_command(folder: Path, as_json: bool) -> None:
    """Copy topics, tables, snapshots, schemas and passwords of one moment into a new FOLDER.

    A stack that is up stays so, but for the time it takes to copy what has changed in the meantime.
    """
    with _Shown(as_json) as shown:
        found = backup(settings(), folder.absolute(), shown.show)
    size = sum(about["bytes"] for about in found["files"].values())
    if as_json:
        about = {name: found[name] for name in ("made_at", "version", "stopped_seconds", "elsewhere")}
        click.echo(json.dumps({"to": str(folder.absolute()), "files": len(found["files"]), "bytes": size, **about}))
        return
    click.echo(f"{len(found['files'])} files, {size / 1e6:,.1f} MB in {folder}. It holds the passwords too.")
    if found["stopped_seconds"]:
        click.echo(f"The parts stood still for {found['stopped_seconds']:.1f} s.")
    _say_elsewhere()


@click.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Move what C360_HOME holds now aside.")
def restore_command(folder: Path, replace: bool) -> None:
    """Make C360_HOME what it was when FOLDER was made by `c360 backup`; every file is checked first."""
    with _Shown(quiet=False) as shown:
        aside = restore(settings(), folder.absolute(), replace, shown.show)
    click.echo(f"{settings().home} is as it was. Start it with 'c360 up'.")
    if aside:
        click.echo(f"What it held before is in {aside}.")
    _say_elsewhere()


def _say_elsewhere() -> None:
    if names := elsewhere(settings()):
        click.echo(
            f"{', '.join(names)}: servers of their own. What they hold is not in C360_HOME: docs/operations.md.",
            err=True,
        )


class _Shown(Shown):
    """A bar on a terminal, a line for each thing done otherwise."""

    def __init__(self, quiet: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        super().__init__(Console(stderr=True), quiet, *columns)
        self._begun: dict[str, TaskID | None] = {}

    def show(self, what: str, done: int, total: int) -> None:
        """Takes how far it is, in bytes."""
        if what not in self._begun:
            self._begun[what] = self._bar.add_task(what, total=total or None) if self._bar else None
            if self._bar is None:
                self.say(f"{what} {total / 1e6:,.1f} MB")
        task = self._begun[what]
        if self._bar and task is not None:
            self._bar.update(task, completed=done)
