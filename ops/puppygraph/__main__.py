"""`python -m ops.puppygraph`: PuppyGraph gets this installation's view of the graph, unless it has it."""

import click
import tenacity

from ops.puppygraph.client import PuppyGraph
from ops.puppygraph.view import filled, is_installed
from schemas.cli import run
from schemas.errors import SettingError, UnreachableError
from schemas.settings import settings

RETRY_SECONDS = 1.0


@click.command()
@click.option(
    "--wait", type=click.FloatRange(min=0), default=300.0, show_default=True, help="Seconds to wait for PuppyGraph."
)
@click.option("--again", is_flag=True, help="Upload it even if it is there, for instance after a change of password.")
def main(wait: float, again: bool) -> None:
    """Uploads the graph's view to PuppyGraph, with the reader's password put in."""
    chosen = settings()
    if not chosen.puppygraph_url:
        raise SettingError("C360_PUPPYGRAPH_URL is not set: expected for instance http://puppygraph:8081.")
    wanted = filled(chosen)
    server = PuppyGraph(chosen)
    patient = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(UnreachableError),
        stop=tenacity.stop_after_delay(wait),
        wait=tenacity.wait_fixed(RETRY_SECONDS),
        reraise=True,
    )
    if is_installed(patient(server.installed), wanted) and not again:
        click.echo("PuppyGraph has this view already.")
        return
    patient(server.install, wanted)
    click.echo(f"PuppyGraph has a new view: {len(wanted['node'])} kinds of nodes, {len(wanted['edge'])} of edges.")


if __name__ == "__main__":
    run(main, name="python -m ops.puppygraph")
