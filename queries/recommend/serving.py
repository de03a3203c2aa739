"""Answers what is recommended to a customer: the list of the last refresh, less what has been bought or sold out since.

What a customer bought is asked each time, so that it is left out at once. Products, and which build answers, are
known as they were a second ago.
"""

import datetime as dt
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from queries.database import EXACT, one_line
from queries.recommend import reasons
from queries.recommend.gathering import Gathering
from queries.recommend.store import sql
from queries.values import text
from schemas.clients import reader_client
from schemas.errors import AbsentError, C360Error, QueryError, UnreachableError
from schemas.moments import aware
from schemas.settings import Settings

#: For how long products, and which build answers, are believed.
BELIEVED_SECONDS = 1.0
#: Purchases that arrive later than that after they were made are left out from the next refresh on.
LATE = dt.timedelta(days=31)
#: A few rows of each customer: another thread costs more than it reads.
UNMERGED: dict[str, int | str] = {**EXACT, "final": 0, "max_threads": 1, "use_query_condition_cache": 0}
OWN, SEGMENT, POPULAR = "own", "segment", "popular"


class NothingYetError(C360Error):
    """No refresh has ended yet."""


class Item(NamedTuple):
    """A recommended product; `score` is the chance, as computed, that the next purchase is this (0 where it is not
    known)."""

    product_id: int
    name: str
    category: str
    brand: str
    price: Decimal
    score: float
    reason: str


@dataclass(frozen=True)
class Recommendations:
    """What a customer may like, best first; `as_of`: until when events count in it; `source`: "own" where the
    customer has a list, else "segment" or "popular"."""

    customer_id: int
    as_of: dt.datetime
    source: str
    items: list[Item]


class _Product(NamedTuple):
    name: str
    category: str
    brand: str
    price: Decimal
    sold: int


class _Choice(NamedTuple):
    product_id: int
    score: float
    reason: int
    because: int
    shared: int
    peers: int


@dataclass(frozen=True)
class _Known:
    """What is the same for all customers; on another day other products are launched."""

    build: int
    as_of: dt.datetime
    digest: int
    day: dt.date
    products: dict[int, _Product] = field(repr=False)
    popular: dict[str, list[_Choice]] = field(repr=False)


class Recommender:
    """Answers for one customer; several threads may ask at once, and are then answered together."""

    def __init__(self, source: Settings | Client) -> None:
        """`source`: the settings of a stack, which is asked as the reading user, or a client."""
        self._settings = source if isinstance(source, Settings) else None
        self._client = None if isinstance(source, Settings) else source
        self._known: _Known | None = None
        self._until = 0.0
        self._gathering = Gathering(self._states)

    def of(self, customer_id: int, limit: int = 20) -> Recommendations:
        """What is recommended to a customer, `limit` products or fewer.

        Raises:
            AbsentError: there is no such customer.
            NothingYetError: nothing was computed yet.
            QueryError: ClickHouse refuses.
            UnreachableError: ClickHouse does not answer.
        """
        known, rows = self._gathering.ask(customer_id)
        segment = max((row[2:] for row in rows if row[0] == 0), default=(0, ""))[1]
        if not segment:
            raise AbsentError(f"There is no customer {customer_id}.")
        bought = {row[2] for row in rows if row[0] == 1}
        as_of, own = max((row[2:] for row in rows if row[0] == 2), default=(0, ""))
        lists = [
            (OWN, _choices(own)),
            (SEGMENT, known.popular.get(segment, [])),
            (POPULAR, known.popular.get("", [])),
        ]
        chosen: list[_Choice] = []
        source = POPULAR
        for name, choices in lists:
            fresh = list(_fresh(choices, known, bought | {each.product_id for each in chosen}, limit - len(chosen)))
            if fresh and not chosen:
                source = name
            chosen += fresh
        moment = dt.datetime.fromtimestamp(as_of / 1000, dt.UTC) if own else known.as_of
        return Recommendations(customer_id, moment, source, [_item(each, known, segment) for each in chosen])

    def close(self) -> None:
        """Ends the connection, if it was made here."""
        if self._settings is not None and self._client is not None:
            self._client.close()
            self._client = None

    def _states(self, customers: list[int]) -> dict[int, tuple[_Known, list[Any]]]:
        """What is known, and of each customer the rows of state.sql."""
        known = self._known
        if known is None or time.monotonic() >= self._until:
            self._until = time.monotonic() + BELIEVED_SECONDS
            self._known = known = self._look(known)
        found: dict[int, list[Any]] = {customer: [] for customer in customers}
        asked = {"customers": customers, "build": known.build, "since": text(known.as_of - LATE)}
        for row in self._ask("state", asked, UNMERGED):
            found[row[1]].append(row)
        return {customer: (known, rows) for customer, rows in found.items()}

    def _look(self, before: _Known | None) -> _Known:
        ((build, as_of, digest),) = self._ask("current", {})
        if not build:
            raise NothingYetError("Nothing is recommended yet. Run 'python -m queries.recommend refresh'.")
        if before is not None and (before.build, before.digest, before.day) == (build, digest, _today()):
            return before
        products = {row[0]: _Product(*row[1:6]) for row in self._ask("shelf", {})}
        popular: dict[str, list[_Choice]] = {}
        for segment, product, peers in self._ask("popular", {"build": build}):
            reason = reasons.SEGMENT if segment else reasons.POPULAR
            popular.setdefault(segment, []).append(_Choice(product, 0.0, reason, 0, 0, peers))
        return _Known(build, aware(as_of), digest, _today(), products, popular)

    def _ask(self, name: str, parameters: dict[str, Any], settings: Mapping[str, int | str] = EXACT) -> Any:
        try:
            if self._client is None:
                assert self._settings is not None
                self._client = reader_client(self._settings)
            return self._client.query(sql(name), parameters=parameters, settings=dict(settings)).result_rows
        except ClickHouseError as error:
            message = str(error)
            if "DB::Exception" in message:
                raise QueryError(one_line(message)) from None
            raise UnreachableError(f"ClickHouse does not answer: {message.splitlines()[0]}") from None


def _choices(columns: str) -> list[_Choice]:
    """A list as state.sql has it; empty for none."""
    return list(map(_Choice, *json.loads(f"[{columns[1:-1]}]"))) if columns else []


def _fresh(choices: list[_Choice], known: _Known, gone: set[int], most: int) -> Iterator[_Choice]:
    """Those that can be bought and are not among `gone`."""
    for choice in choices:
        if most <= 0:
            return
        product = known.products.get(choice.product_id)
        if product is not None and product.sold and choice.product_id not in gone:
            most -= 1
            yield choice


def _item(choice: _Choice, known: _Known, segment: str) -> Item:
    product = known.products[choice.product_id]
    because = str(choice.because)
    if choice.reason == reasons.TOGETHER:
        other = known.products.get(choice.because)
        because = other.name if other else f"product {choice.because}"
    why = reasons.words(choice.reason, product.category, segment, because, choice.shared, choice.peers)
    return Item(choice.product_id, *product[:4], float(choice.score), why)


def _today() -> dt.date:
    return dt.datetime.fromtimestamp(time.time(), dt.UTC).date()
