"""`c360 doctor`."""

import json

import click

from ops.doctor.checks import CHECKS
from ops.doctor.finding import Finding
from schemas.settings import settings


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def doctor_command(context: click.Context, as_json: bool) -> None:
    """Look for what is wrong with this installation; exit 1 if something is."""
    found = []
    for check in CHECKS:
        for finding in check(settings()):
            found.append(finding)
            if not as_json:
                _say(finding)
    well = all(finding.well for finding in found)
    if as_json:
        click.echo(json.dumps({"well": well, "findings": [_as_json(finding) for finding in found]}))
    context.exit(0 if well else 1)


def _say(finding: Finding) -> None:
    click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.what:<18} {finding.detail}")
    if not finding.well:
        click.echo(f"     -> {finding.remedy}")


def _as_json(finding: Finding) -> dict[str, object]:
    return {"what": finding.what, "well": finding.well, "detail": finding.detail, "remedy": finding.remedy}
