"""`python -m queries.console`: the web console, as a process of its own."""

import click

from queries.api.process import serve
from queries.console.server import server
from queries.console.services import Services
from schemas.cli import run


@click.command()
def main() -> None:
    """Serves the web console until stopped."""
    serve("console", "the console", lambda chosen: server(chosen, Services.of(chosen)))


if __name__ == "__main__":
    run(main, name="python -m queries.console")
