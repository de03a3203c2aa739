"""`c360 forget`: erases customers for good. Name and e-mail go; what they did stays, by a number that is nobody's."""

import time
from importlib import resources

import click
from clickhouse_connect.driver.client import Client

from producers.delivery import Delivery, configuration
from schemas import wire
from schemas.clients import reader_client
from schemas.erasure import erasure, left, places
from schemas.errors import C360Error
from schemas.ids import LAST_VERSION, MAX_ENTITY
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings, settings
from schemas.topics import CUSTOMERS

SEND_SECONDS = 30.0
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
        # Also of whom was erased before: should somebody have sent a record since, theirs is the newest again.
        _send(chosen, wanted)
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


def _send(chosen: Settings, customers: list[int]) -> None:
    """A last version of each."""
    with Registry(chosen) as registry:
        schema_id = registry.register(CUSTOMERS)
    values = [wire.encode(erasure(number), schema(CUSTOMERS.record), schema_id) for number in customers]
    delivery = Delivery(configuration(chosen))
    now = int(time.time() * 1000)
    delivery.send(CUSTOMERS.name(chosen), values, [b"%d" % number for number in customers], [now] * len(customers))
    delivery.finish(SEND_SECONDS)
    if delivery.acknowledged != len(customers):
        raise C360Error(
            f"Kafka took {delivery.acknowledged} of {len(customers)} records ({delivery.reason}). Run it again: who is "
            "erased stays so."
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
