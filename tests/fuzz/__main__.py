"""`python -m tests.fuzz TARGET`: inputs by the thousand; exit code 1 on a defect."""

import json
from pathlib import Path

import click

from schemas.cli import run
from tests.fuzz.target import Account, Defect, fuzz
from tests.fuzz.targets import TARGETS

SHOWN = 400


@click.command()
@click.argument("name", metavar="TARGET", type=click.Choice(sorted(TARGETS)))
@click.option("--inputs", type=click.IntRange(1), default=10_000, show_default=True, help="how many to try")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="of the inputs")
@click.option("--first", type=click.IntRange(0), default=0, show_default=True, help="number of the first input")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=float("inf"), help="stop after these")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    default=Path("fuzz-defects"),
    show_default=True,
    help="folder for defects",
)
@click.option("--json", "as_json", is_flag=True, help="the last line is one JSON object")
def main(name: str, inputs: int, seed: int, first: int, seconds: float, save: Path, as_json: bool) -> int:
    """Tries inputs on a TARGET: the corpus as it is, then what is made of it."""
    target = TARGETS[name]()

    def found(account: Account, defect: Defect) -> None:
        save.mkdir(parents=True, exist_ok=True)
        path = save / f"{name}-{seed}-{defect.number}.bin"
        path.write_bytes(defect.data)
        click.echo(f"defect: input {defect.number} of seed {account.seed}, kept as {path}", err=as_json)
        click.echo(f"  {defect.data[:SHOWN]!r}\n{defect.error}", err=as_json)

    try:
        account = fuzz(target, inputs, seed, seconds, found, first=first)
    finally:
        target.close()
    figures = account.figures()
    click.echo(", ".join(f"{word} {value}" for word, value in figures.items()), err=as_json)
    if as_json:
        click.echo(json.dumps(figures))
    return 1 if account.defects else 0


if __name__ == "__main__":
    run(main)
