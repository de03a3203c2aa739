"""An export's ids mean something beside its claims alone: they are taken over first, or the export is refused."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from producers.replay.files import manifest
from producers.replay.index import Claim, Index
from producers.replay.jobs import Job
from producers.replay.log import Log
from producers.sources import NO_NUMBER, Claims, Sources
from schemas.errors import C360Error
from schemas.progress import PLAIN_SECONDS
from schemas.topics import EXTERNAL_IDS

BATCH = 50_000
#: Says one line of progress.
Say = Callable[[str], None]
_REMEDY = "Replay it under a new C360_TOPIC_PREFIX."


def roots(todo: Iterable[Job]) -> list[Path]:
    """The folders of the exports that jobs read from."""
    return sorted({job.file.path.parent.parent for job in todo if job.feed.own_export})


def adopt_sources(folder: Path, sources: Sources) -> None:
    """Claims the source numbers of an export's events for those who hold them there.

    Raises:
        C360Error: one is somebody else's here.
    """
    wanted = Claims()
    for name, number in (manifest(folder) or {}).get("sources", []):
        wanted.add(str(name), int(number))
    for name, number in wanted.number.items():
        here = sources.read()
        if here.holder.get(number) is None and name not in here.number:
            sources.write(name, number)
            here = sources.read()
        if here.number.get(name) != number:
            raise C360Error(
                f"{folder} has events of '{name}' under source number {number}; here that is "
                f"{_holder(here, name, number)}. Their ids would be mixed up. {_REMEDY}"
            )
    for name in wanted.names - set(wanted.number) - sources.read().names:
        sources.write(name, NO_NUMBER)


def _holder(here: Claims, name: str, number: int) -> str:
    return f"'{here.holder[number]}'" if number in here.holder else f"number {here.number[name]}"


class StoppedError(C360Error):
    """By a signal, before any row was read."""


def adopt_ids(folder: Path, index: Index, log: Log, stopped: Sequence[int], say: Say) -> None:
    """Claims the numbers that stand for texts in an export, until `stopped` has a signal; `say` hears how far it is.

    Raises:
        C360Error: a text or a number is another's here.
        StoppedError: by a signal.
    """
    for file in sorted((folder / EXTERNAL_IDS.stream).glob("*")):
        rows = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
        said = 0.0
        for number, part in enumerate(rows.iter_slices(BATCH)):
            done = f"{number * BATCH:,} of {len(rows):,} ids of {file} are taken over"
            if stopped:
                raise StoppedError(f"Stopped: {done}, no row was read. Run it again: it goes on.")
            if number and time.monotonic() - said >= PLAIN_SECONDS:
                said = time.monotonic()
                say(done)
            _adopt(folder, [_claim(row) for row in part.iter_rows(named=True)], index, log)


def _claim(row: dict[str, Any]) -> Claim:
    return Claim(str(row["kind"]), str(row["text"]), int(row["number"]), int(row["content"]))


def _adopt(folder: Path, claims: list[Claim], index: Index, log: Log) -> None:
    for kind in sorted({claim.kind for claim in claims}):
        some = [claim for claim in claims if claim.kind == kind]
        for _ in range(2):
            held = index.found(kind, [claim.text for claim in some])
            missing = [claim for claim in some if claim.text not in held]
            if not missing:
                break
            log.append(missing)
            for got, following in log.read(int(index.get("offset") or b"0")):
                index.apply(got, following)
        for claim in some:
            if claim.text not in held or held[claim.text].number != claim.number:
                raise C360Error(
                    f"{folder} has {claim.number} for the {kind} '{claim.text}'; here one of both stands for another. "
                    f"{_REMEDY}"
                )
