"""`python -m queries.api.openapi`: writes queries/api/openapi.json, what the API says of itself."""

import json
from pathlib import Path

import click

from queries.api.application import fastapi
from queries.api.services import Services
from schemas.cli import run
from schemas.settings import Settings

FILE = Path(__file__).with_name("openapi.json")


def document() -> str:
    """The OpenAPI document, indented; of any installation, since no setting is in it."""
    nobody = Settings(api_key="a key that opens nothing", clickhouse_reader_password="nor does this")
    return json.dumps(fastapi(Services.of(nobody)).openapi(), indent=1, ensure_ascii=False) + "\n"


@click.command()
def main() -> None:
    """Writes the file."""
    FILE.write_text(document(), encoding="utf-8")
    click.echo(str(FILE))


if __name__ == "__main__":
    run(main, name="python -m queries.api.openapi")
