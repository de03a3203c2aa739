"""`python -m tests.oracle.cypher`: the compiler against Neo4j; exit code 1 on a difference or a missed bar."""

import contextlib
import json
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from schemas.cli import run
from tests.oracle.cypher.both import both
from tests.oracle.cypher.run import Tally, compare

SHOWN = 1500


@click.command()
@click.option("--queries", type=click.IntRange(1), default=5000, show_default=True, help="how many to generate")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="of worlds and queries")
@click.option("--engines", type=click.IntRange(1), default=2, show_default=True, help="how many of each at once")
@click.option("--json", "as_json", is_flag=True, help="the last line is one JSON object")
@click.option("--refusals", is_flag=True, help="also say what was refused")
def main(queries: int, seed: int, engines: int, as_json: bool, refusals: bool) -> int:
    """Puts the same queries to our compiler and to a real Neo4j, over the same small worlds, and compares."""
    console = Console(stderr=as_json, highlight=False, soft_wrap=True, markup=False)
    console.print("Starting Neo4j.")
    with tempfile.TemporaryDirectory(prefix="oracle-") as home, contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(both(Path(home) / str(number))) for number in range(engines)]
        fixed, generated = compare(pairs, queries, seed, lambda *tallies: progress(console, queries, *tallies))
    console.print(table_of(generated))
    for name, tally in (("fixed", fixed), ("generated", generated)):
        for reason, count in tally.refusals.most_common() if refusals or name == "fixed" else ():
            console.print(f"refused {count} x: {reason}")
        for question, verdict in tally.differences:
            console.print(f"\ndifferent ({name}, {question.source}): {question.text}")
            console.print(f"  ours:   {str(verdict.ours)[:SHOWN]}\n  theirs: {str(verdict.theirs)[:SHOWN]}")
    failings = [f"{name}: {failing}" for name, tally in (("fixed", fixed), ("generated", generated))
                for failing in tally.failings()]  # fmt: skip
    console.print("\n".join(f"{name}: {line(tally)}" for name, tally in (("fixed", fixed), ("generated", generated))))
    console.print("\n".join(f"FAILED: {failing}" for failing in failings) or "No difference.")
    if as_json:
        click.echo(json.dumps({"seed": seed, "fixed": figures(fixed), "generated": figures(generated)}))
    return 1 if failings else 0


def progress(console: Console, queries: int, fixed: Tally, generated: Tally) -> None:
    """After each world."""
    differences = len(fixed.differences) + len(generated.differences)
    console.print(f"{generated.asked} of {queries}: {line(generated)}; {differences} differences in all")


def line(tally: Tally) -> str:
    """The counts in words."""
    return (
        f"{tally.asked} queries, {tally.outcomes['same']} the same, {tally.outcomes['errors']} errors with both, "
        f"{tally.outcomes['refused']} refused ({tally.share(tally.outcomes['refused']):.2%}), "
        f"{tally.outcomes['different']} different; {tally.share(tally.with_rows):.1%} with rows"
    )


def figures(tally: Tally) -> dict[str, object]:
    """The counts by name."""
    outcomes = {name: tally.outcomes[name] for name in ("same", "errors", "refused", "different")}
    return {"asked": tally.asked, **outcomes, "with_rows": tally.with_rows, "features": dict(tally.features)}


def table_of(tally: Tally) -> Table:
    """How many of the compared queries had what."""
    table = Table(title="Compared queries, by what is in them", show_header=False)
    for _ in range(3):
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
    counted = tally.features.most_common()
    third = -(-len(counted) // 3)
    for place in range(third):
        table.add_row(*(str(cell) for pair in counted[place::third] for cell in pair))
    return table


if __name__ == "__main__":
    run(main, name="python -m tests.oracle.cypher")
