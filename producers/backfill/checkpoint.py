"""How far a history has come: a small file per history, written whole or not at all.

It only saves sending again. What it says is believed only where Kafka knows the history too; without it everything is
sent once more under the same ids, which the tables and the features know as repeats.
"""

import hashlib
import json
import os
import pathlib
from dataclasses import asdict, dataclass

from producers.plan import Plan
from schemas.durable import sync
from schemas.errors import C360Error
from schemas.private import private
from schemas.settings import Settings


@dataclass(frozen=True)
class Checkpoint:
    """All events before `position` are acknowledged by this Kafka, under these topics and this source number."""

    history: str
    topic_prefix: str
    cluster: str
    source: int
    position: int
    events: int


def path(settings: Settings, plan: Plan) -> pathlib.Path:
    """Where the position of a plan's history is kept; tells histories and prefixes apart."""
    mark = hashlib.blake2b(f"{settings.topic_prefix}{plan.name()}".encode(), digest_size=6).hexdigest()
    return settings.home / "backfill" / f"{plan.start_iso[:10]}-seed{plan.seed}-{mark}.json"


def read(file: pathlib.Path, like: Checkpoint) -> int:
    """The position in the file, if it is of the same history in the same Kafka; else 0."""
    try:
        found = Checkpoint(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return 0
    except (ValueError, TypeError):
        raise C360Error(
            f"{file} is no position that a backfill wrote. Remove it; what was sent is sent again and stored once."
        ) from None
    same = asdict(found) | {"position": 0} == asdict(like) | {"position": 0}
    return found.position if same and 0 <= found.position <= like.events else 0


def write(file: pathlib.Path, checkpoint: Checkpoint) -> None:
    """Keeps it: on the disk before it takes the place of the former."""
    private(file.parent)
    fresh = file.with_suffix(f".{os.getpid()}.new")
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(asdict(checkpoint), out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    sync(file.parent)
