"""`c360 forget`: erases customers for good. Name and e-mail go; what they did stays, by a number that is nobody's."""

import time
from importlib import resources

import click
from clickhouse_connect.driver.client import Client

from schemas.clients import reader_client
from schemas.erased import remember
from schemas.erasure import left, places, send
from schemas.errors import C360Error
from schemas.ids import LAST_VERSION, MAX_ENTITY
from schemas.settings import STACK_FILE, Settings, settings

LOOK_SECONDS = 0.1


@click.command("forget")
@click.argument("customers", metavar="CUSTOMER_ID...", nargs=-1, required=True, type=click.IntRange(1, MAX_ENTITY))
@click.option(
    "--wait", type=click.FloatRange(min=0), default=60.0, show_default=True, help="Seconds to wait until it is so."
)
def forget_command(customers: tuple[int, ...], wait: float) -> None:
    """Erase customers: what names them goes, with features and alerts, and no later record brings any of it back.

    What they did stays counted, by their number.
    """
    chosen, wanted = settings(), sorted(set(customers))
    client = reader_client(chosen)
    try:
        known = _known(client, wanted)
        if strangers := [str(number) for number in wanted if number not in known]:
            raise C360Error(f"There is no customer {', '.join(strangers)}. Nobody was erased; look at the number.")
        # First: whatever happens from here on, a restore knows of it.
        _remember(chosen, wanted)
        # Also of whom was erased before: should somebody have sent a record since, theirs is the newest again.
        send(chosen, wanted)
        _wait_gone(chosen, client, wanted, wait)
    finally:
        client.close()
    for number in wanted:
        click.echo(f"customer {number} is erased{', as before' if known[number] else ''}")


def _known(client: Client, customers: list[int]) -> dict[int, bool]:
    """Of whom anything is stored, and whether they are erased for good."""
    statement = (resources.files("producers") / "known.sql").read_text(encoding="utf-8")
    rows = client.query(statement, parameters={"customers": customers, "last": LAST_VERSION}).result_rows
    return {int(number): bool(erased) for number, erased in rows}


def _left(chosen: Settings, client: Client, customers: list[int]) -> list[int]:
    """Who has rows beside what they did, which `python -m sinks` deletes once it sees that they are erased."""
    among, parameters = "{customers:Array(UInt32)}", {"customers": customers}
    return sorted({number for place in places(chosen) for number in left(client, place, among, parameters)})


def _remember(chosen: Settings, customers: list[int]) -> None:
    """Where there is a home that may be restored, by number, beside what may be."""
    if (chosen.home / STACK_FILE).exists():
        remember(chosen, customers)
    else:
        click.echo(
            f"C360_HOME {chosen.home} is no stack's, so it is not noted there: after a restore of an older Kafka or "
            "ClickHouse, say it again (docs/operations.md, Erase a customer).",
            err=True,
        )


def _wait_gone(chosen: Settings, client: Client, customers: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        coming = [number for number, erased in _known(client, customers).items() if not erased]
        left = coming or _left(chosen, client, customers)
        if not left:
            return
        if time.monotonic() >= deadline:
            break
        time.sleep(LOOK_SECONDS)
    numbers = ", ".join(map(str, left))
    if coming:
        raise C360Error(
            f"Kafka has it; ClickHouse has not taken it in yet for customer {numbers}. 'c360 status' "
            "shows what is behind: once nothing is, it is done."
        )
    raise C360Error(
        f"Customer {numbers} is erased, but tables still have rows to be deleted, which 'python -m sinks' (the part "
        "'sinks') does. Look at 'c360 status' and its logs, then run it again."
    )
