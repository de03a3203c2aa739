"""`python -m stream_processors`: one worker; start more to share the partitions."""

import io
import logging
import time

import click

from schemas.cli import run
from schemas.errors import UnreachableError
from schemas.logs import log_lines
from schemas.settings import settings

log = logging.getLogger("stream_processors")
RETRY_SECONDS = 1.0
CHATTY = ("stream_processors.batching", "stream_processors.processor.service")


@click.command()
@click.option(
    "--wait", type=click.FloatRange(min=0), default=60.0, show_default=True, help="Seconds to wait for Kafka."
)
def main(wait: float) -> None:
    """Keeps rolling features of every customer, publishes them and raises churn alerts, until stopped."""
    log_lines(logging.WARNING, quiet=CHATTY)
    logging.getLogger("stream_processors").setLevel(logging.INFO)
    from stream_processors.processor import make_app

    app = make_app(settings())
    until = time.monotonic() + wait
    said = False
    while app.worker is None:
        try:
            app.prepare()
        except UnreachableError as error:
            if time.monotonic() >= until:
                raise
            if not said:
                log.warning("%s Waiting for it.", error)
            said = True
            time.sleep(RETRY_SECONDS)
    app.finalize()
    app.Worker(loglevel="WARNING", override_logging=False, quiet=True, stdout=io.StringIO()).execute_from_commandline()


run(main, name="python -m stream_processors")
