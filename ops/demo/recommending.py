"""The first recommendations, once there is a history to compute them from: later ones are for cron."""

import os
import subprocess
import sys

from rich.console import Console

from ops.demo.account import text
from ops.stack import environment
from schemas.clients import reader_client
from schemas.errors import C360Error
from schemas.settings import Settings


def recommend(console: Console, here: Settings) -> None:
    """Refreshes recommendations if no refresh has ended yet; it shows how far it is.

    Raises:
        C360Error: the refresh failed.
    """
    if reader_client(here).query(text("sql", "refreshes")).result_rows[0][0]:
        return
    console.rule("Recommendations of every customer")
    # A process of its own gives its memory back; bound, it ends with this one however that ends.
    command = [sys.executable, "-m", "ops.launcher.bound", "-m", "queries.recommend", "refresh"]
    variables = {**os.environ, **environment(here)}
    ended = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode:
        raise C360Error(
            "The recommendations were not computed, for the reason above. Run 'python -m queries.recommend refresh'."
        )
    console.print(ended.stdout.strip(), highlight=False)
