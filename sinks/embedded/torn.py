"""What is torn in an engine's folder: parts, which it puts aside itself when it is opened, and tables' definitions."""

import logging
from collections.abc import Set as AbstractSet
from pathlib import Path
from urllib.parse import unquote

from schemas.errors import C360Error
from schemas.private import private
from sinks.embedded.engine import Engine

log = logging.getLogger("sinks.embedded")

#: Of tables that may know the names of what was inserted: by folder, and as they are said.
_NAMED = """
    SELECT toString(uuid), concat(database, '.', name)
    FROM system.tables
    WHERE position(engine_full, 'non_replicated_deduplication_window') > 0
"""


def forget_names(engine: Engine, folder: Path, window: int) -> None:
    """Has the tables of torn parts forget the names of blocks they had: one that is inserted again is new to them.

    At each start for as long as torn parts lie there: at the first one it may have been killed before this, or amid it.

    Args:
        window: how many names tables are to remember; 0 where nobody gives any.
    """
    lost = {part.parent.parent.name for part in folder.glob("store/*/*/detached/broken*")} if window else set()
    for line in engine.query(_NAMED, "TSV").decode().splitlines():
        uuid, table = line.split("\t")
        if uuid in lost:
            log.warning("%s has parts that are torn: it takes what is inserted again for new", table)
            for size in (0, window):  # without a window nothing is remembered
                engine.query(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = {size}")


def put_aside(folder: Path, made_anew: AbstractSet[str], way_in: AbstractSet[str]) -> None:
    """Takes what is torn out of the engine's way, which would not start with it: definitions, small files of tables.

    Views that are refreshed have tables of a moment, whose names begin with a dot; a definition that takes the place of
    another one is written beside it first. `made_anew` and `way_in` name what `python -m sinks` makes again when it is
    not there; without some of the way in nothing is taken in until then.

    Raises:
        C360Error: one is the definition of a table whose rows would be lost without it.
    """
    definitions = {file: unquote(file.stem) for file in sorted(folder.glob("store/*/*/*.sql"))}
    torn = [file for file in definitions if _is_torn(file)]
    is_open = way_in.isdisjoint(definitions[file] for file in torn)
    doors = [file for file, name in definitions.items() if name in way_in and name.startswith("take_")]
    for file in dict.fromkeys([*torn, *([] if is_open else doors)]):
        name = definitions[file]
        if not name.startswith((".", "_tmp_replace_")) and name not in made_anew | way_in:
            raise C360Error(
                f"The definition of the table {name}, {file}, is not whole: restore a backup (c360 restore), or move "
                "the file away and have the topics read again (c360 reset-offsets)."
            )
        log.warning(
            "The definition of %s, or of what it feeds, is torn: it is put aside as %s", name, _moved(file, folder)
        )
    # The engine writes the first anew. Whoever asked for a change of rows looks whether it was made, and asks again.
    for file in [*folder.glob("store/*/*/format_version.txt"), *folder.glob("store/*/*/mutation_*.txt")]:
        if _is_torn(file):
            log.warning("%s is torn: it is put aside as %s", file, _moved(file, folder))


def _is_torn(file: Path) -> bool:
    """Definitions and changes end with a line's end, a format's version is one digit."""
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return False
    return not (text.isdigit() or text.endswith(b"\n"))


def _moved(file: Path, folder: Path) -> Path:
    """Aside; another one of its name is not kept."""
    aside = private(folder / "torn") / file.name
    file.replace(aside)
    return aside
