"""`c360 up | down | status | logs`."""

import contextlib
import json
import signal
import sys
import time
from collections.abc import Iterator

import click
from rich.console import Console
from rich.status import Status as Spinner

from ops.stack import control
from ops.stack.home import Home
from ops.stack.logs import follow, last_lines
from ops.stack.parts import PARTS, chosen
from ops.stack.status import Status, status
from ops.stack.view import lines, live
from schemas.errors import C360Error, UsageError
from schemas.settings import Settings, settings


@click.command("up")
@click.option("-d", "--detach", is_flag=True, help="Return when everything answers, and leave it running.")
def up_command(detach: bool) -> None:
    """Start the embedded stack and show it until Ctrl-C, which takes it down again."""
    here = settings()
    if detach:
        began = time.monotonic()
        with _spinning():
            started = control.start(here)
        click.echo(_is_up(here, time.monotonic() - began if started else None))
        return
    with _signals_as_ctrl_c(), contextlib.ExitStack() as stack:
        with _spinning():
            attachment = stack.enter_context(control.attached(here))
        if attachment.supervisor is None:
            click.echo(_is_up(here, None))
            return
        click.echo(f"The stack is up. Ctrl-C takes it down.\n{_console(here)}")
        live(lambda: status(here), until=lambda: attachment.ended() is not None)
    if attachment.ended():
        raise C360Error(f"The supervisor was killed (signal {-(attachment.ended() or 0)}). Start again: 'c360 up'.")
    click.echo("The stack was taken down from outside.")


@click.command("down")
def down_command() -> None:
    """Stop the embedded stack and wait until no process of it is left."""
    click.echo("The stack is down." if control.stop(settings()) else f"Nothing is up in {settings().home}.")


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status_command(as_json: bool) -> None:
    """Show the parts, what they still have to do and what they hold."""
    now = status(settings())
    if as_json:
        click.echo(json.dumps(now.as_json()))
        return
    click.echo("\n".join(lines(now)))
    if not now.up:
        click.echo(_advice(now), err=True)


@click.command("logs")
@click.argument("part", required=False)
@click.option("-f", "--follow", "following", is_flag=True, help="Go on with what is written, until Ctrl-C.")
@click.option("-n", "--lines", "count", type=click.IntRange(min=0), default=50, show_default=True, help="Lines a part.")
def logs_command(part: str | None, following: bool, count: int) -> None:
    """Show the last lines of the parts' logs, or of one PART's."""
    home = Home(settings().home)
    names = [one.name for one in chosen(settings(), [part] if part else None)]
    if part and not names:
        raise UsageError(f"{part} is a server of its own here: its logs are with it.")
    paths = {name: home.log(name) for name in names}
    if not any(path.exists() for path in paths.values()):
        raise C360Error(f"There are no logs in {home.logs}. Start the stack with 'c360 up', or set C360_HOME.")
    for name, path in paths.items():
        for line in last_lines(path, count):
            click.echo(line if part else f"{name}: {line}")
    if following:
        sys.stdout.flush()
        for name, line in follow(paths):
            click.echo(line if part else f"{name}: {line}")


def _spinning() -> Spinner:
    return Console(stderr=True).status("Starting Kafka, the registry, ClickHouse and what works on them")


def _is_up(here: Settings, seconds: float | None) -> str:
    ports = ", ".join(f"{part.title} {getattr(here, part.ports[0])}" for part in PARTS if part.embedded(here))
    how = "is up already" if seconds is None else f"is up after {seconds:.1f} s"
    return f"The stack {how} on 127.0.0.1: {ports}.\n{_console(here)}"


def _console(here: Settings) -> str:
    return f"In a browser: {here.console_url} ('c360 console' says where the password stands)."


def _advice(now: Status) -> str:
    down = [name for name, part in now.parts.items() if part.state == "down"]
    if len(down) == sum(part.state != "external" for part in now.parts.values()):
        return "Nothing is up. Start it with 'c360 up'."
    slow = [name for name, part in now.parts.items() if part.state not in {"running", "external"}]
    return f"Not answering: {', '.join(slow)}. See 'c360 logs {slow[0]}'."


@contextlib.contextmanager
def _signals_as_ctrl_c() -> Iterator[None]:
    """A closed terminal and a polite kill take the stack down as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
