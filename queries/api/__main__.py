"""`python -m queries.api`: the API, as a process of its own."""

import click

from queries.api.process import serve
from queries.api.server import server
from queries.api.services import Services
from schemas.cli import run


@click.command()
def main() -> None:
    """Answers over HTTP until stopped."""
    serve("api", "the API", lambda chosen: server(chosen, Services.of(chosen)))


if __name__ == "__main__":
    run(main, name="python -m queries.api")
