"""Neo4j's jars: a tool that tests start (it is GPL), never a dependency. As a command, fetches them."""

from pathlib import Path

import click
from rich.console import Console

from ops.artifacts import manifest
from ops.artifacts.install import file_of, install
from schemas.cli import run
from schemas.settings import settings

CHECKSUMS = Path(__file__).with_name("checksums.txt")


def fetched() -> tuple[Path, ...]:
    """The jars in the cache folder (C360_CACHE), downloaded and checked if they are not there yet.

    Raises:
        C360Error: no repository gives them, or one of them is not the file of the manifest.
    """
    entries = manifest.parse(CHECKSUMS.read_text(encoding="ascii"))
    here = settings()
    install(here.cache, entries, here.maven_repository, Console(stderr=True), "Neo4j")
    return tuple(file_of(here.cache, entry.coordinate) for entry in entries)


@click.command()
def main() -> None:
    """Fetches Neo4j's jars into the cache folder, if they are not there yet."""
    click.echo(f"{len(fetched())} jars of Neo4j")


if __name__ == "__main__":
    run(main, name="python -m tests.support.neo4j.jars")
