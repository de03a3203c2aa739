"""`python -m ops.grafana`: writes dashboards/*.json; a test keeps them true."""

from pathlib import Path

import click

from ops.grafana.dashboards import rendered
from schemas.cli import run

FOLDER = Path(__file__).with_name("dashboards")


@click.command()
def main() -> None:
    """Writes Grafana's dashboards."""
    for name, text in rendered().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        click.echo(name)


if __name__ == "__main__":
    run(main, name="python -m ops.grafana")
