"""`c360 console`: where the web console answers, and where its password stands."""

import http.client
import ssl
import urllib.error
import urllib.request

import click

from schemas.errors import UnreachableError
from schemas.settings import Settings, settings

SECONDS = 5.0


@click.command("console")
def console_command() -> None:
    """Say where the web console answers, and where its password stands; exit 1 if it does not answer."""
    here = settings()
    if not answers(here):
        raise UnreachableError(
            f"The console at {here.console_url} does not answer. Start it ('c360 up'), or see 'c360 logs console'."
        )
    click.echo(f"The console answers at {here.console_url}.")
    if here.console_password:
        click.echo("Its password is that of C360_CONSOLE_PASSWORD.")
    else:
        click.echo(f"Its password stands in {here.secret_path('console')}.")


def answers(here: Settings) -> bool:
    """Whether a console is there; whose certificate it has is not asked."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(f"{here.console_url}/healthz", timeout=SECONDS, context=context) as answer:
            return bool(answer.status == http.client.OK)
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return False
