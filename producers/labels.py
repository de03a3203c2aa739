"""The hidden truth of churn as a file: who drops out and comes back when. Nothing else, and no topic, carries it."""

import csv
import pathlib
from datetime import UTC, datetime

from producers.world.parameters import digest
from producers.world.world import World
from schemas.errors import UsageError

COLUMNS = ("customer_id", "dropout", "comeback", "world")


def writable(path: pathlib.Path | None) -> None:
    """Refuses a file whose folder is not there.

    Raises:
        UsageError: it could not be written.
    """
    if path is not None and not path.absolute().parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {path.absolute().parent}.")


def write(path: pathlib.Path, world: World) -> None:
    """CSV: ISO 8601 to the second, empty for never, beside the digest of the parameters that made the world."""
    known = digest()
    with path.open("w", encoding="ascii", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for customer, dropout, comeback in world.labels():
            rows.writerow([customer, _iso(dropout), "" if comeback is None else _iso(comeback), known])


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat().replace("+00:00", "Z")
