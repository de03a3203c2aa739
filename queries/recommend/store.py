"""Reads what recommendations are made from, and keeps what is made: builds, which answer once they are whole."""

import datetime as dt
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships without types
from clickhouse_connect.driver.client import Client

from queries.recommend.ranking import Lists
from queries.recommend.shop import Customers, Ints, Products, Shop, codes, places, purchases
from queries.values import text
from schemas.moments import aware

DONE, BEGUN, STORED = "done", "begun", "stored"
#: The rows of recommendation_builds that tell of the build itself, and of its active customers.
WHOLE, ACTIVE = -1, -2
#: Customers, by id, whose events are read at once, and whose lists are stored at once.
READ_BITS, SLICE_BITS = 17, 15
#: On a cluster, an insert ends when the rows are on their shards.
ARRIVED = {"distributed_foreground_insert": 1}
TABLES = ("recommendation_lists", "recommendation_popular")
Parameters = dict[str, Any]


@dataclass(frozen=True)
class Build:
    """A build: its number, 'begun' or 'done', the moment until which events count, and until which active customers
    do."""

    number: int
    state: str
    as_of: dt.datetime
    refreshed: dt.datetime


class Store:
    """Recommendations in ClickHouse, as the writing user. Not for several threads at once."""

    def __init__(self, client: Client, cluster: str = "") -> None:
        """`cluster`: the name of the cluster whose tables are spread; empty for one server."""
        self._client, self._cluster = client, cluster

    def builds(self) -> list[Build]:
        """All there are, oldest first."""
        rows = self._client.query(sql("builds")).result_rows
        return [Build(number, state, aware(as_of), aware(refreshed)) for number, state, as_of, refreshed in rows]

    def stored(self, build: Build) -> set[int]:
        """The slices of a build that are stored."""
        rows = self._client.query(sql("slices"), parameters={"build": build.number}).result_rows
        return {int(number) for (number,) in rows}

    def begin(self, as_of: dt.datetime) -> Build:
        """A new build; it answers nothing yet. Its number is above all before it."""
        number = max([int(as_of.timestamp() * 1000), *(build.number + 1 for build in self.builds())])
        build = Build(number, BEGUN, as_of, as_of)
        self._note(build.number, WHOLE, BEGUN, as_of, 0)
        return build

    def finish(self, build: Build, customers: int) -> None:
        """From here on it answers."""
        self._note(build.number, WHOLE, DONE, build.as_of, customers)

    def refreshed(self, build: Build, as_of: dt.datetime, customers: int) -> None:
        """What active customers did until `as_of` counts in a build."""
        self._note(build.number, ACTIVE, STORED, as_of, customers)

    def drop(self, build: Build) -> None:
        """Deletes a build."""
        for table in TABLES:
            self._change("drop", table=table, build=str(build.number))
        self._change("forget", table="recommendation_builds", build=str(build.number))

    def active(self, since: dt.datetime, as_of: dt.datetime) -> Ints:
        """Ids of the customers who did anything meanwhile."""
        found = self._ask("active", {"since": text(since), "as_of": text(as_of)})
        ids: Ints = found.column("customer_id").to_numpy().astype(np.int64)
        return ids

    def shop(self, as_of: dt.datetime, tell: Callable[[float], None]) -> Shop:
        """What there is, with events before `as_of`; `tell` hears which share of it is read."""
        moment = {"as_of": text(as_of)}
        rows = self._ask("products", moment)
        category, categories = codes(rows.column("category").to_numpy())
        brand, _ = codes(rows.column("brand").to_numpy())
        sold = rows.column("sold").to_numpy().astype(np.bool_)
        products = Products(rows.column("product_id").to_numpy().astype(np.int64), category, brand, sold, categories)
        rows = self._ask("customers", {})
        segment, segments = codes(rows.column("segment").to_numpy())
        customers = Customers(rows.column("customer_id").to_numpy().astype(np.int64), segment, segments)
        looked = np.zeros((len(customers.ids), len(categories)), np.float32)
        bought: list[pa.Table] = []
        ranges = np.unique(customers.ids >> READ_BITS)
        for done, number in enumerate(ranges.tolist(), start=1):
            span = {"first": number << READ_BITS, "last": ((number + 1) << READ_BITS) - 1, **moment}
            bought.append(self._ask("purchases", span))
            rows = self._ask("looked", {**span, "categories": list(categories)})
            who, there = places(customers.ids, rows.column("customer_id").to_numpy())
            kind = rows.column("kind").to_numpy()
            looked[who[there], kind[there]] = rows.column("looks").to_numpy()[there]
            tell(done / len(ranges))
        columns = (_column(bought, name) for name in ("customer_id", "product_id", "bought_at"))
        matrix, last = purchases(customers.ids, products.ids, *columns)
        return Shop(products, customers, matrix, looked, last)

    def put_popular(self, build: Build, shop: Shop, product: Ints, peers: Ints) -> None:
        """The answer for customers of whom little is known: rows by segment, the last one for all."""
        names = [*shop.customers.segments, ""]
        where = product >= 0
        segment, rank = np.nonzero(where)
        table = pa.table(
            {
                "build": pa.array(np.full(len(segment), build.number, np.uint64)),
                "segment": pa.array([names[code] for code in segment]),
                "rank": pa.array((rank + 1).astype(np.uint16)),
                "product_id": pa.array(shop.products.ids[product[where]].astype(np.uint32)),
                "peers": pa.array(peers[where].astype(np.uint32)),
            }
        )
        self._client.insert_arrow("recommendation_popular", table)

    def put(self, build: Build, shop: Shop, rows: Ints, lists: Lists, as_of: dt.datetime) -> None:
        """The lists of the customers at these places; they replace those that are there."""
        if not len(rows):
            return
        kept = lists.product >= 0
        offsets = pa.array(np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32))

        def arrays(values: np.ndarray, kind: Any) -> pa.Array:
            return pa.ListArray.from_arrays(offsets, pa.array(values[kept].astype(kind)))

        because = np.where(lists.shared > 0, shop.products.ids[lists.because], lists.because)
        segments = np.array(shop.customers.segments)[shop.customers.segment[rows]]
        table = pa.table(
            {
                "build": pa.array(np.full(len(rows), build.number, np.uint64)),
                "customer_id": pa.array(shop.customers.ids[rows].astype(np.uint32)),
                "as_of": pa.array([as_of] * len(rows), pa.timestamp("ms", tz="UTC")),
                "segment": pa.array(segments),
                "products": arrays(shop.products.ids[lists.product], np.uint32),
                "scores": arrays(lists.score, np.float32),
                "reasons": arrays(lists.reason, np.uint8),
                "because": arrays(because, np.uint32),
                "shared": arrays(lists.shared, np.uint16),
                "peers": arrays(lists.peers, np.uint32),
            }
        )
        self._client.insert_arrow("recommendation_lists", table, settings=ARRIVED)

    def note(self, build: Build, number: int, customers: int) -> None:
        """A slice is stored."""
        self._note(build.number, number, STORED, build.as_of, customers)

    def _note(self, build: int, number: int, state: str, as_of: dt.datetime, customers: int) -> None:
        names = ["build", "slice", "state", "as_of", "customers", "noted_at"]
        now = dt.datetime.fromtimestamp(time.time(), dt.UTC)
        self._client.insert(
            "recommendation_builds", [[build, number, state, as_of, customers, now]], column_names=names
        )

    def _ask(self, name: str, parameters: Parameters) -> pa.Table:
        return self._client.query_arrow(sql(name), parameters=parameters, use_strings=True)

    def _change(self, name: str, **words: str) -> None:
        """A statement of its own for each table: no parameter names one."""
        cluster = self._cluster
        sharded = cluster and words["table"] == "recommendation_lists"
        words["table"] += "_shard" if sharded else ""
        words["on_cluster"] = f" ON CLUSTER '{cluster}'" if cluster else ""
        self._client.command(Template(sql(name)).substitute(words), settings={"mutations_sync": 2})


@functools.cache
def sql(name: str) -> str:
    """The statement in queries/recommend/sql/{name}.sql."""
    return (resources.files("queries") / "recommend" / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _column(tables: list[pa.Table], name: str) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *(table.column(name).to_numpy() for table in tables)])
