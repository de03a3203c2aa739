"""A stack's status for people: plain lines, or a table that stays up to date on a terminal."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ops.stack.status import Status

REFRESH_SECONDS = 2.0
#: Counting rows exactly costs: after a look of one second the next waits this many seconds.
REST = 20
POLL_SECONDS = 0.2


def lines(now: Status) -> list[str]:
    """One line a part, then lag, rows and freshness where they are known."""
    said = [f"{name:<18} {part.state:<9} {f'pid {part.pid}' if part.pid else ''}".rstrip() for name, part in
            now.parts.items()]  # fmt: skip
    if now.lag is not None:
        said += ["", "lag in records", *(f"  {group:<52} {records:>12,}" for group, records in now.lag.items())]
    if now.rows is not None:
        said += ["", "rows", *(f"  {table:<52} {count:>12,}" for table, count in now.rows.items())]
    if now.rows is not None:
        age = "no live events in the last seconds" if now.freshness_seconds is None else f"{now.freshness_seconds} s"
        said += ["", f"freshness: {age}"]
    return said


def live(look: Callable[[], Status], until: Callable[[], bool]) -> None:
    """Shows what `look` says again and again on a terminal, once otherwise, and returns when `until` says so."""
    console = Console()
    if not console.is_terminal:
        console.print("\n".join(lines(look())), highlight=False, markup=False)
        while not until():
            time.sleep(POLL_SECONDS)
        return
    with Live(Text("\n".join(lines(look()))), console=console, auto_refresh=False) as shown:
        while not until():
            began = time.monotonic()
            shown.update(Text("\n".join(lines(look()))), refresh=True)
            next_look = time.monotonic() + max(REFRESH_SECONDS, REST * (time.monotonic() - began))
            while time.monotonic() < next_look and not until():
                time.sleep(POLL_SECONDS)
