"""`c360 rotate`: a new password for one of the installation's users."""

import click

from ops.stack import control, supervisor
from ops.stack.home import SECRETS, Home, check, locked, make_secret
from ops.stack.parts import chosen
from schemas.errors import UsageError
from schemas.settings import Settings, settings

#: Who is told a password when it starts: the server that asks for it, and those of ours that come with it.
BEARERS = {
    "clickhouse_writer": ("clickhouse", "sinks", "ingest"),
    "clickhouse_reader": ("clickhouse", "bolt", "api", "console"),
    "bolt": ("bolt",),
    "api": ("api",),
    "console": ("console",),
}
#: The setting that a password may be given by.
SETTING = {user: f"{user}_password" for user in SECRETS} | {"api": "api_key"}


def rotate(here: Settings, user: str) -> bool:
    """Makes a new password, and starts those anew who bear it; whether they were up.

    Raises:
        UsageError: the password is a setting, or its server is not ours.
        C360Error: a part does not come back.
    """
    variable = f"C360_{SETTING[user].upper()}"
    if getattr(here, SETTING[user]):
        raise UsageError(f"{variable} is set, so the password is what it says. Change it there, and start anew.")
    if user.startswith("clickhouse") and here.clickhouse_url:
        raise UsageError(
            f"ClickHouse at {here.clickhouse_url} is a server of its own: change the password there, then {variable}."
        )
    home = Home(here.home)
    check(home)
    if not home.is_ours:
        raise UsageError(f"There are no passwords in {home.root} yet: they are made at the first 'c360 up'.")
    with locked(home.root):
        if supervisor.kept(home) is None:
            make_secret(here.secret_path(user))
            return False
        with control.standing_still(here, BEARERS[user]):
            make_secret(here.secret_path(user))
    return True


@click.command("rotate")
@click.argument("user", type=click.Choice(SECRETS))
def rotate_command(user: str) -> None:
    """Give USER a new password; the parts that bear it are away for a few seconds, and the old one is refused."""
    was_up = rotate(settings(), user)
    click.echo(f"The new password of {user} stands in {settings().secret_path(user)}.")
    if was_up:
        bearers = ", ".join(part.name for part in chosen(settings(), BEARERS[user]))
        click.echo(f"{bearers}: started anew with it. Whoever else comes with the old one is refused.")
