"""Parts that the engine found torn when it was opened, and put aside."""

import logging
from pathlib import Path

from sinks.embedded.engine import Engine

log = logging.getLogger("sinks.embedded")

#: Of tables that know the names of what was inserted, by folder.
_NAMED = """
    SELECT
        toString(uuid),
        concat(database, '.', name),
        extract(engine_full, 'non_replicated_deduplication_window = ([0-9]+)') AS window
    FROM system.tables
    WHERE toUInt32OrZero(window) > 0
"""


def torn_parts(folder: Path) -> set[Path]:
    """All that lie aside in an engine's folder."""
    return set(folder.glob("store/*/*/detached/broken*"))


def forget_names(engine: Engine, torn: set[Path]) -> None:
    """Has the tables of torn parts forget the names of blocks they had: one that is inserted again is new to them."""
    lost = {part.parent.parent.name for part in torn}
    for line in engine.query(_NAMED, "TSV").decode().splitlines():
        uuid, table, window = line.split("\t")
        if uuid in lost:
            log.warning("%s has parts that are torn: it takes what is inserted again for new", table)
            for size in ("0", window):  # without a window nothing is remembered
                engine.query(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = {size}")
