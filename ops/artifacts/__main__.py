"""`python -m ops.artifacts`: the part of `make setup` after pip. Run again, it touches nothing."""

import click
from rich.console import Console

from ops.artifacts import manifest
from ops.artifacts.install import install
from ops.artifacts.runtime import find
from ops.stack.training import train
from schemas.cli import run
from schemas.settings import settings


@click.command()
def main() -> None:
    """Downloads Kafka and the schema registry into the cache folder (C360_CACHE), checks and unpacks them."""
    console = Console()
    install(settings().cache, manifest.committed(), settings().maven_repository, console)
    train(find(settings().cache), console)


if __name__ == "__main__":
    run(main, name="python -m ops.artifacts")
