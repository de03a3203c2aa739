"""`c360 doctor`."""

import click

from ops.doctor.checks import CHECKS
from schemas.settings import settings


@click.command("doctor")
@click.pass_context
def doctor_command(context: click.Context) -> None:
    """Look for what is wrong with this installation; exit 1 if something is."""
    well = True
    for check in CHECKS:
        for finding in check(settings()):
            well = well and finding.well
            click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.what:<18} {finding.detail}")
            if not finding.well:
                click.echo(f"     -> {finding.remedy}")
    context.exit(0 if well else 1)
