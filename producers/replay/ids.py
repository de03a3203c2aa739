"""Puts numbers in the place of the user's own ids, and tells a repeat of an event from another use of its id."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from producers.replay.dictionary import EXTENT_BITS, ROWS_FROM
from producers.replay.index import Held
from producers.replay.mapping import Feed
from producers.replay.shaping import Reject, Shaped
from schemas.ids import MAX_ENTITY, event_id

#: Largest id of an event that an export may hold.
MAX_EVENT = (1 << 53) - 1
REUSED = "the id was used before, with other content"


class Numbers(Protocol):
    """What a dictionary does; see producers.replay.dictionary."""

    def held(self, kind: str, contents: dict[str, int]) -> dict[str, Held]:
        """What each text holds."""
        ...

    def is_itself(self, kind: str, text: str) -> bool:
        """Whether a text is its own number."""
        ...


@dataclass
class Numbered:
    """Rows whose ids are numbers; `repeats` of them are known from before, or from further up."""

    frame: pl.DataFrame
    rejects: list[Reject]
    repeats: int = 0


class Ids:
    """The ids of the rows of one file."""

    def __init__(self, numbers: Numbers, source: int, namespace: str, digest: str, feed: Feed) -> None:
        """`source`: the replay's source number; `digest`: of the file."""
        self._numbers, self._source, self._feed, self._digest = numbers, source, feed, digest
        self._prefix = f"{namespace}/" if namespace else ""

    def number(self, shaped: Shaped) -> Numbered:
        """The rows with numbers for ids; those that reuse an id are rejected."""
        if self._feed.own_export:
            return self._verbatim(shaped)
        rejects: list[Reject] = []
        repeats = 0
        columns = {
            item.name: self._entity(item.kind, shaped.frame[item.name])
            for item in self._feed.target.fields
            if item.kind in {"customer", "product", "session"}
        }
        if self._feed.target.is_events:
            own, name = self._feed.target.own_id in self._feed.columns, self._feed.target.own_id
            columns[name], reused, repeats = self._own(shaped.frame) if own else (self._places(shaped.lines), [], 0)
            rejects = [Reject(int(shaped.lines[row]), REUSED, row) for row in reused]
        if "refers_to" in shaped.frame.columns:
            columns["refers_to"] = self._referred(shaped.frame["refers_to"])
        frame = shaped.frame.with_columns(column.alias(name) for name, column in columns.items())
        keep = np.ones(len(frame), np.bool_)
        keep[[reject.row for reject in rejects if reject.row is not None]] = False
        return Numbered(frame.filter(pl.Series(keep)) if rejects else frame, rejects, repeats)

    def _entity(self, kind: str, texts: pl.Series) -> pl.Series:
        """The number of each text."""
        texts = self._prefixed(texts)
        distinct = texts.unique(maintain_order=True).drop_nulls().to_list()
        known = {text: int(text) for text in distinct if self._numbers.is_itself(kind, text)}
        asked = {text: 0 for text in distinct if text not in known}
        if asked:
            known |= {text: held.number for text, held in self._numbers.held(kind, asked).items()}
        return texts.replace_strict(known, return_dtype=pl.Int64)

    def _prefixed(self, texts: pl.Series) -> pl.Series:
        return (self._prefix + texts) if self._prefix else texts

    def _own(self, frame: pl.DataFrame) -> tuple[pl.Series, list[int], int]:
        """Ids by the file's own, the rows that reuse one, and how many rows repeat one."""
        name = self._feed.target.own_id
        texts = self._prefixed(frame[name]).to_list()
        digests = contents(frame.drop(name))
        first: dict[str, int] = {}
        for text, digest in zip(texts, digests, strict=True):
            first.setdefault(text, digest)
        held = self._numbers.held(self._feed.stream, first) if first else {}
        reused = [row for row, text in enumerate(texts) if held[text].content != digests[row]]
        ids = pl.Series([held[text].number for text in texts], dtype=pl.Int64)
        return ids, reused, len(texts) - len(first)

    def _referred(self, texts: pl.Series) -> pl.Series:
        """The transactions that refunds take back: ids of their own, whether they have come or not."""
        texts = self._prefixed(texts)
        distinct = texts.unique(maintain_order=True).drop_nulls().to_list()
        held = self._numbers.held("transactions", dict.fromkeys(distinct, 0)) if distinct else {}
        known = {text: one.number for text, one in held.items()}
        return texts.replace_strict(known, return_dtype=pl.Int64) if known else texts.cast(pl.Int64)

    def _places(self, lines: npt.NDArray[np.int64]) -> pl.Series:
        """Ids by the place of each row in its file, which its content identifies."""
        if not len(lines):
            return pl.Series([], dtype=pl.Int64)
        extents = lines >> EXTENT_BITS
        named = {int(one): f"{self._digest}/{self._feed.stream}/{one}" for one in np.unique(extents)}
        held = self._numbers.held("rows", dict.fromkeys(named.values(), 0))
        bases = {
            one: event_id(self._source, ROWS_FROM + (held[text].number << EXTENT_BITS)) for one, text in named.items()
        }
        offsets = lines & ((1 << EXTENT_BITS) - 1)
        return pl.Series(np.array([bases[one] for one in extents.tolist()], np.int64) + offsets)

    def _verbatim(self, shaped: Shaped) -> Numbered:
        """The ids of an export are numbers already."""
        limits = {"event": MAX_EVENT, "refers": MAX_EVENT, "session": (1 << 63) - 1}
        frame, wrong = shaped.frame, pl.Series([False]).new_from_index(0, len(shaped.frame))
        for item in self._feed.target.fields:
            if item.kind in {"event", "refers", "session", "customer", "product"}:
                texts = frame[item.name]
                ids = texts.cast(pl.Int64, strict=False)
                bad = (ids < 0) | (ids > limits.get(item.kind, MAX_ENTITY)) | (ids.is_null() & texts.is_not_null())
                wrong = wrong | bad.fill_null(value=False)
                frame = frame.with_columns(ids.alias(item.name))
        rejects = [Reject(int(shaped.lines[row]), "an id out of range", row) for row in wrong.arg_true().to_list()]
        return Numbered(frame.filter(~wrong), rejects)


def contents(frame: pl.DataFrame) -> list[int]:
    """A digest of each row's values, never 0."""
    joined = frame.select(pl.concat_str(pl.all().cast(pl.String).fill_null("\x00"), separator="\x1f")).to_series()
    blake2b = hashlib.blake2b
    digests = [blake2b(text.encode(), digest_size=8).digest() for text in joined.to_list()]
    return (np.frombuffer(b"".join(digests), ">i8").astype(np.int64) | 1).tolist() if digests else []
