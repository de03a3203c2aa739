"""Customers and products that events refer to and no file gives: the least that lets every report answer.

Also remembers which were given, so that the first row of one in files without versions is the only one.
"""

import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
from pyroaring import BitMap

from producers.replay.index import Index
from producers.replay.shaping import DAY_MS

#: Below every version that a file or the simulator gives.
MINIMAL_VERSION = 0
KINDS = {"customers": "customer", "products": "product"}
_SEEN = {"id": pl.Int64, "first": pl.Int64}


class Entities:
    """What is known of customers or products; kept in the index at the end of every file."""

    def __init__(self, stream: str, index: Index) -> None:
        self.stream, self.kind, self._index = stream, KINDS[stream], index
        stored_given = json.loads(index.get(f"given.{stream}") or b"{}")
        #: By version; "" for those whose file says each one's.
        self._given = {version: _bitmap(bytes.fromhex(text)) for version, text in stored_given.items()}
        self._made = _bitmap(index.get(f"made.{stream}"))
        stored = index.get(f"seen.{stream}")
        self._seen = pl.read_ipc(io.BytesIO(stored)) if stored else pl.DataFrame(schema=_SEEN)
        self._parts: list[pl.DataFrame] = []

    def refer(self, ids: pl.Series, times: pl.Series) -> None:
        """Notes that events at times (ms) refer to ids."""
        frame = pl.DataFrame({"id": ids, "first": times}, schema=_SEEN)
        self._parts.append(frame.group_by("id").agg(pl.col("first").min()))
        if len(self._parts) >= 64:
            self._gather()

    def fresh(self, ids: pl.Series, version: str) -> pl.Series:
        """Which of the rows are the first of their id in a version; from then on the id is given."""
        given = self._given.setdefault(version, BitMap())
        new = ids.is_first_distinct() & ~pl.Series([one in given for one in ids.to_list()], dtype=pl.Boolean)
        given.update(ids.filter(new).to_list())
        return new

    def give(self, ids: pl.Series) -> None:
        """Notes that a file gives them, in versions of its own."""
        self._given.setdefault("", BitMap()).update(ids.to_list())

    def first(self, ids: pl.Series) -> pl.Series:
        """The day (since 1970) of the first event of each, null for those without."""
        self._gather()
        joined = pl.DataFrame({"id": ids}, schema={"id": pl.Int64}).join(
            self._seen, on="id", how="left", maintain_order="left"
        )
        return joined["first"] // DAY_MS

    def keep(self) -> None:
        """Writes down what is known."""
        self._gather()
        out = io.BytesIO()
        self._seen.write_ipc(out)
        self._index.put(f"seen.{self.stream}", out.getvalue())
        given = {version: bits.serialize().hex() for version, bits in self._given.items()}
        self._index.put(f"given.{self.stream}", json.dumps(given).encode())
        self._index.put(f"made.{self.stream}", self._made.serialize())

    def missing(self, texts: Callable[[str, list[int]], dict[int, str]]) -> pl.DataFrame:
        """The records of those that are referred to, not given and not made yet."""
        self._gather()
        known = BitMap.union(self._made, *self._given.values())
        wanted = self._seen.filter(
            pl.Series([one not in known for one in self._seen["id"].to_list()], dtype=pl.Boolean)
        )
        wanted = wanted.sort("id")
        ids = wanted["id"].to_list()
        own = texts(self.kind, ids)
        named = pl.Series([own.get(one, str(one)) for one in ids], dtype=pl.String)
        return _records(self.stream, wanted, named)

    def made(self, ids: pl.Series) -> None:
        """Notes that the missing ones have been sent."""
        self._made.update(ids.to_list())

    def _gather(self) -> None:
        if self._parts:
            together = pl.concat([self._seen, *self._parts])
            self._seen, self._parts = together.group_by("id").agg(pl.col("first").min()), []


def _records(stream: str, wanted: pl.DataFrame, named: pl.Series) -> pl.DataFrame:
    day = wanted["first"] // DAY_MS
    common: dict[str, Any] = {"version": MINIMAL_VERSION, "deleted": False}
    if stream == "customers":
        rest = {"email": "", "segment": "UNKNOWN", "acquisition_channel": "UNKNOWN", "country": "ZZ"}
        columns = {"customer_id": wanted["id"], "name": named, "registration_date": day}
    else:
        rest = {"category": "UNKNOWN", "brand": "UNKNOWN"}
        columns = {"product_id": wanted["id"], "name": named, "launch_date": day}
        common |= {"price": 0, "stock_quantity": 0}
    return pl.DataFrame(columns).with_columns(**{name: pl.lit(value) for name, value in {**rest, **common}.items()})


def _bitmap(stored: bytes | None) -> BitMap:
    return BitMap.deserialize(stored) if stored else BitMap()
