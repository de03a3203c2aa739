"""`python -m tests.bench NAME [--json]`: figures, never pass or fail on time."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from schemas.cli import run

#: Name, module (its run() answers the figures), what it shows.
BENCHES = {
    "ingest": ("tests.bench.ingest", "simulate to answers at a set rate, audited by id"),
    "backfill": ("tests.bench.backfill", "the client's whole history until everything is stored and computed"),
    "faust": ("tests.bench.faust_loop", "our agents against the stock Faust loop"),
    "state": ("tests.bench.state", "a worker's memory, snapshots and restart after the whole history"),
    "features": (
        "tests.bench.features",
        "a worker on one core draining a history, by stage, and its restart; beside stock Faust and Quix Streams",
    ),
    "workers": ("tests.bench.workers", "a history drained by one stream processor and by more of them"),
    "brokers": ("tests.bench.brokers", "the same load against one broker and against three with three copies"),
    "rebuild": (
        "tests.bench.rebuild",
        "features and alerts of a history under kills and repeats against those in peace",
    ),
    "start": ("tests.bench.start", "time until every port answers, idle memory"),
    "sql": ("tests.bench.sql_reports", "the 15 reports from rollups, warm and cold, beside the rows themselves"),
    "tck": ("tests.bench.tck.run", "the openCypher TCK's read-only scenarios: passed, refused, wrong"),
    "graph": (
        "tests.bench.graph",
        "the 20 graph questions through Bolt, at rest and while events arrive, beside Neo4j and Kuzu",
    ),
    "churn": ("tests.bench.churn", "the churn score on worlds it was not fitted on, and on CDNOW's customers"),
    "recommend": (
        "tests.bench.recommend",
        "recommendations: the refresh of a whole shop, how many next purchases they guess, how fast they are answered",
    ),
    "console": ("tests.bench.console", "the web console: what open pages cost, how soon a first page is there"),
    "produce": ("tests.bench.produce", "simulate against kafka-producer-perf-test"),
}


@click.group(invoke_without_command=False)
def main() -> None:
    """Benchmarks; each prints its figures, with --json as one object on the last line."""


def _show(name: str, figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(figures))
        return
    table = Table("figure", "value", title=name)
    for figure, value in figures.items():
        table.add_row(figure, json.dumps(value))
    Console().print(table)


def _load(name: str) -> Callable[..., dict[str, Any]]:
    function: Callable[..., dict[str, Any]] = import_module(BENCHES[name][0]).run
    return function


@main.command(help=BENCHES["ingest"][1])
@click.option("--rate", type=click.IntRange(1), default=50_000, show_default=True, help="events per second")
@click.option("--seconds", type=click.IntRange(5), default=60, show_default=True)
@click.option("--customers", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--products", type=click.IntRange(1), default=50_000, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def ingest(rate: int, seconds: int, customers: int, products: int, as_json: bool) -> None:
    _show("ingest", _load("ingest")(rate, seconds, customers, products), as_json)


@main.command(help=BENCHES["backfill"][1])
@click.option(
    "--home", type=click.Path(path_type=Path), help="a running, empty stack's C360_HOME; it keeps the history"
)
@click.option("--scale", type=click.FloatRange(0.001, 100), default=1.0, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--kills", type=click.IntRange(0, 20), default=0, show_default=True, help="kill -9 of the sender midway")
@click.option("--tenth/--no-tenth", default=True, show_default=True, help="a tenth as well, to compare")
@click.option("--json", "as_json", is_flag=True)
def backfill(home: Path | None, scale: float, workers: int, kills: int, tenth: bool, as_json: bool) -> None:
    _show("backfill", _load("backfill")(home, scale, workers, kills, tenth), as_json)


@main.command("state", help=BENCHES["state"][1])
@click.option("--customers", type=click.IntRange(1_000), default=1_000_000, show_default=True)
@click.option("--seconds", type=click.IntRange(10), default=120, show_default=True, help="of live events, at 50,000/s")
@click.option("--files", type=click.Path(exists=True, path_type=Path), help="a history of producers.backfill --files")
@click.option("--json", "as_json", is_flag=True)
def state(customers: int, seconds: int, files: Path | None, as_json: bool) -> None:
    _show("state", _load("state")(customers, seconds, files), as_json)


@main.command("sql", help=BENCHES["sql"][1])
@click.option("--home", type=click.Path(path_type=Path), help="a running stack's C360_HOME; one is filled if not given")
@click.option("--scale", type=click.FloatRange(0.001, 100), default=1.0, show_default=True, help="of the history")
@click.option("--live", "rates", type=click.IntRange(1), multiple=True, help="events per second; once for each rate")
@click.option("--json", "as_json", is_flag=True)
def sql(home: Path | None, scale: float, rates: tuple[int, ...], as_json: bool) -> None:
    _show("sql", _load("sql")(home, scale, rates or None), as_json)


@main.command("tck", help=BENCHES["tck"][1])
@click.option("--show", type=click.Choice(["passed", "refused", "wrong"]), help="print the scenarios with this outcome")
@click.option("--json", "as_json", is_flag=True)
def tck(show: str | None, as_json: bool) -> None:
    _show("tck", _load("tck")(show or ""), as_json)


@main.command("graph", help=BENCHES["graph"][1])
@click.option("--home", type=click.Path(path_type=Path), help="a running stack's C360_HOME; one is filled if not given")
@click.option("--scale", type=click.FloatRange(0.001, 100), default=1.0, show_default=True, help="of the history")
@click.option("--live", "rates", type=click.IntRange(1), multiple=True, help="events per second; once for each rate")
@click.option("--no-live", is_flag=True, help="only at rest")
@click.option(
    "--peers",
    type=click.Choice(["none", "tenth", "full"]),
    default="tenth",
    show_default=True,
    help="Neo4j and Kuzu with every tenth customer, or all",
)
@click.option("--json", "as_json", is_flag=True)
def graph(home: Path | None, scale: float, rates: tuple[int, ...], no_live: bool, peers: str, as_json: bool) -> None:
    _show("graph", _load("graph")(home, scale, () if no_live else rates or None, peers), as_json)


@main.command("churn", help=BENCHES["churn"][1])
@click.option("--customers", type=click.IntRange(1000), default=100_000, show_default=True, help="of each world")
@click.option("--json", "as_json", is_flag=True)
def churn(customers: int, as_json: bool) -> None:
    _show("churn", _load("churn")(customers), as_json)


@main.command("features", help=BENCHES["features"][1])
@click.option("--events", type=click.IntRange(1000), default=10_000_000, show_default=True)
@click.option("--customers", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--peer-events", type=click.IntRange(1000), default=200_000, show_default=True, help="for the peers")
@click.option("--json", "as_json", is_flag=True)
def features(events: int, customers: int, peer_events: int, as_json: bool) -> None:
    _show("features", _load("features")(events, customers, peer_events), as_json)


@main.command("workers", help=BENCHES["workers"][1])
@click.option("--events", type=click.IntRange(10_000), default=2_000_000, show_default=True)
@click.option("--customers", type=click.IntRange(100), default=200_000, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def workers(events: int, customers: int, as_json: bool) -> None:
    _show("workers", _load("workers")(events, customers), as_json)


@main.command("brokers", help=BENCHES["brokers"][1])
@click.option("--rate", type=click.IntRange(1), default=20_000, show_default=True, help="events per second")
@click.option("--seconds", type=click.IntRange(5), default=30, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def brokers(rate: int, seconds: int, as_json: bool) -> None:
    _show("brokers", _load("brokers")(rate, seconds), as_json)


@main.command("rebuild", help=BENCHES["rebuild"][1])
@click.option("--scale", type=click.FloatRange(0.001, 100), default=0.1, show_default=True, help="of the history")
@click.option("--kills", type=click.IntRange(0, 1000), default=20, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="of what is done when")
@click.option("--json", "as_json", is_flag=True)
def rebuild(scale: float, kills: int, seed: int, as_json: bool) -> None:
    _show("rebuild", _load("rebuild")(scale, kills, seed), as_json)


def _plain(name: str) -> None:
    @main.command(name, help=BENCHES[name][1])
    @click.option("--json", "as_json", is_flag=True)
    def command(as_json: bool) -> None:
        _show(name, _load(name)(), as_json)


@main.command(help=BENCHES["recommend"][1])
@click.option(
    "--scale", type=click.FloatRange(0.001, 10), default=1.0, show_default=True, help="of a million customers"
)
@click.option("--live/--no-live", default=True, show_default=True, help="on a whole stack while events arrive, too")
@click.option("--json", "as_json", is_flag=True)
def recommend(scale: float, live: bool, as_json: bool) -> None:
    _show("recommend", _load("recommend")(scale, live), as_json)


@main.command("console", help=BENCHES["console"][1])
@click.option("--consoles", type=click.IntRange(1, 500), default=20, show_default=True, help="open at once")
@click.option("--seconds", type=click.IntRange(10), default=60, show_default=True)
@click.option("--rate", type=click.IntRange(1), default=1_000, show_default=True, help="events per second")
@click.option("--json", "as_json", is_flag=True)
def console(consoles: int, seconds: int, rate: int, as_json: bool) -> None:
    _show("console", _load("console")(consoles, seconds, rate), as_json)


for _name in ("faust", "start", "produce"):
    _plain(_name)


@main.command("all", help="every one, as tables")
def every() -> None:
    for name in BENCHES:
        _show(name, _load(name)(), as_json=False)


run(main, name="python -m tests.bench")
