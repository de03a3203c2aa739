"""Answers what is recommended to a customer: the list of the last refresh, less what has been bought or sold out since.

What a customer bought is asked each time, so that it is left out at once: lately, and all of it where their own list
is not enough. Products, and which build answers, are known as they were a second or a few ago (known.py).
"""

import datetime as dt
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from queries.database import EXACT, one_line
from queries.recommend import reasons
from queries.recommend.gathering import Gathering
from queries.recommend.known import Choice, Knowledge, Known
from queries.recommend.store import sql
from queries.values import text
from schemas.clients import reader_client
from schemas.errors import AbsentError, QueryError, UnreachableError
from schemas.settings import Settings

#: Purchases that arrive later than that after they were made are left out from the next refresh on.
LATE = dt.timedelta(days=31)
EVER = dt.datetime.fromtimestamp(0, dt.UTC)
#: A few rows of each customer: another thread, or a better plan, costs more than it spares.
UNMERGED: dict[str, int | str] = {
    "final": 0,
    "max_threads": 1,
    "query_plan_enable_optimizations": 0,
    "use_query_condition_cache": 0,
    "use_uncompressed_cache": 1,
}
#: What own_list() and what recommended() need of some customers.
STATE = sql("state")
WHOLE_STATE = f"{sql('versions')}UNION ALL\n{STATE}"
OWN, SEGMENT, POPULAR = "own", "segment", "popular"


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


@dataclass(frozen=True)
class State:
    """What is known of a customer, and for all: the rows of STATE or WHOLE_STATE."""

    known: Known
    rows: list[tuple[Any, ...]]


class Recommender:
    """Answers for one customer; several threads may ask at once, and are then answered together."""

    def __init__(self, source: Settings | Client) -> None:
        """`source`: the settings of a stack, which is asked as the reading user, or a client."""
        self._settings = source if isinstance(source, Settings) else None
        self._client = None if isinstance(source, Settings) else source
        self._connecting = threading.Lock()
        self._knowledge = Knowledge(self._ask)
        self._gathering, self._gathering_whole = Gathering(self.states), Gathering(self.whole_states)

    def of(self, customer_id: int, limit: int = 20) -> Recommendations:
        """What is recommended to a customer, `limit` products or fewer.

        Raises:
            AbsentError: there is no such customer.
            NothingYetError: nothing was computed yet.
            QueryError: ClickHouse refuses.
            UnreachableError: ClickHouse does not answer.
        """
        own = None
        if self.may_have_list(customer_id):
            own = own_list(customer_id, self._gathering.ask(customer_id), limit)
        return own or recommended(customer_id, self._gathering_whole.ask(customer_id), limit)

    def may_have_list(self, customer_id: int) -> bool:
        """Whether own_list() may answer, as far as is known without asking: recommended() does for whoever has none."""
        return self._knowledge.may_list(customer_id)

    def begin(self) -> None:
        """Learns what is the same for all customers, beside, so that who asks first need not wait for it."""
        self._knowledge.begin()

    def close(self) -> None:
        """Ends the connection, if it was made here."""
        self._knowledge.close()
        if self._settings is not None and self._client is not None:
            self._client.close()
            self._client = None

    def states(self, customers: list[int]) -> dict[int, State]:
        """What own_list() needs of each of these customers, asked for together; raises as of(), but AbsentError."""
        known = self._knowledge.now()
        return self._states(STATE, customers, known, known.as_of - LATE)

    def whole_states(self, customers: list[int]) -> dict[int, State]:
        """The same with who they are and all that they ever bought, as recommended() needs it."""
        return self._states(WHOLE_STATE, customers, self._knowledge.now(), EVER)

    def _states(self, statement: str, customers: list[int], known: Known, since: dt.datetime) -> dict[int, State]:
        found: dict[int, State] = {customer: State(known, []) for customer in customers}
        asked = {"customers": customers, "build": known.build, "since": text(since)}
        for row in self._query(statement, asked, UNMERGED):
            found[row[1]].rows.append(row)
        return found

    def _ask(self, name: str, parameters: dict[str, Any]) -> Any:
        return self._query(sql(name), parameters, EXACT)

    def _query(self, statement: str, parameters: dict[str, Any], settings: Mapping[str, int | str]) -> Any:
        try:
            return self._connected().query(statement, parameters=parameters, settings=dict(settings)).result_rows
        except ClickHouseError as error:
            message = str(error)
            if "DB::Exception" in message:
                raise QueryError(one_line(message)) from None
            raise UnreachableError(f"ClickHouse does not answer: {message.splitlines()[0]}") from None

    def _connected(self) -> Client:
        with self._connecting:
            if self._client is None:
                assert self._settings is not None
                self._client = reader_client(self._settings, compress=False)
            return self._client


def own_list(customer_id: int, state: State, limit: int) -> Recommendations | None:
    """What is recommended to a customer from their own list alone; None where that are fewer than `limit` products, or
    the customer may be gone.

    Who has a list was there when it was made, and it was made without what they had bought by then: `state` needs to
    know of later purchases only.
    """
    if customer_id in state.known.gone:
        return None
    found = _read(state)
    chosen = list(_fresh(found.own, state.known, found.bought, limit))
    if len(chosen) < limit:
        return None
    return _answer(customer_id, state, found, OWN, [_item(each, state.known, found.counted) for each in chosen])


def recommended(customer_id: int, state: State, limit: int) -> Recommendations:
    """What is recommended to a customer, `limit` products or fewer; others' lists go on where their own one ends.

    Others' lists were made without regard to the customer: `state` has to know of every purchase.

    Raises:
        AbsentError: there is no such customer.
    """
    found, known = _read(state), state.known
    if not found.segment:
        raise AbsentError(f"There is no customer {customer_id}.")
    lists = [
        (OWN, found.own, found.counted),
        (SEGMENT, known.popular.get(found.segment, []), found.segment),
        (POPULAR, known.popular.get("", []), ""),
    ]
    items: list[Item] = []
    source = POPULAR
    for name, choices, segment in lists:
        gone = found.bought | {each.product_id for each in items}
        fresh = [_item(each, known, segment) for each in _fresh(choices, known, gone, limit - len(items))]
        if fresh and not items:
            source = name
        items += fresh
    return _answer(customer_id, state, found, source, items)


class _Found(NamedTuple):
    """The newest of the rows of a state: a customer's segment ('' where it is not known, or there is nobody),
    purchases, and own list with its moment, in ms (0 for none), and the segment whose buyers were `counted` for it:
    theirs of then ('' in one of an older version)."""

    segment: str
    bought: set[int]
    as_of: int
    own: list[Choice]
    counted: str


def _read(state: State) -> _Found:
    segment = max((row[2:] for row in state.rows if row[0] == 0), default=(0, ""))[1]
    as_of, own = max((row[2:] for row in state.rows if row[0] == 2), default=(0, ""))
    columns, _, counted = own.partition(")")
    choices = list(map(Choice, *json.loads(f"[{columns[1:]}]"))) if columns else []
    return _Found(segment, {row[2] for row in state.rows if row[0] == 1}, as_of, choices, counted)


def _answer(customer_id: int, state: State, found: _Found, source: str, items: list[Item]) -> Recommendations:
    moment = dt.datetime.fromtimestamp(found.as_of / 1000, dt.UTC) if found.own else state.known.as_of
    return Recommendations(customer_id, moment, source, items)


def _fresh(choices: list[Choice], known: Known, gone: set[int], most: int) -> Iterator[Choice]:
    """Those that can be bought and are not among `gone`."""
    for choice in choices:
        if most <= 0:
            return
        if choice.product_id not in gone and known.sold(choice.product_id):
            most -= 1
            yield choice


def _item(choice: Choice, known: Known, segment: str) -> Item:
    product = known.product(choice.product_id)
    assert product is not None  # it is sold
    because = str(choice.because)
    if choice.reason == reasons.TOGETHER:
        other = known.product(choice.because)
        because = other.name if other else f"product {choice.because}"
    why = reasons.words(choice.reason, product.category, segment, because, choice.shared, choice.peers)
    return Item(choice.product_id, *product[:4], float(choice.score), why)
