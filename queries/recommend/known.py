"""What is the same for all customers: products as they are shown, what is popular, and which build answers.

It is looked at again once a second for as long as anybody asks. Nobody waits for that unless what is known is older
than a few seconds, as it is for who asks after a pause.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from pyroaring import BitMap

from queries.recommend import reasons
from schemas.errors import C360Error
from schemas.ids import MAX_ENTITY
from schemas.moments import aware

#: Seconds for which what is known is believed without another look, and for which it may answer while somebody looks.
BELIEVED, OLDEST = 1.0, 3.0
#: Products, by id, that have a digest together (digests.sql).
SHELF = 64

#: Runs queries/recommend/sql/{name}.sql with these parameters.
Ask = Callable[[str, dict[str, Any]], Any]


class NothingYetError(C360Error):
    """No refresh has ended yet."""


class Product(NamedTuple):
    """A product as it is shown; `sold`: whether it may be recommended."""

    name: str
    category: str
    brand: str
    price: Decimal
    sold: int


#: The same as it is kept: plain values alone, which the garbage collector need not follow, and the price as text.
Kept = tuple[str, str, str, str, int]


class Choice(NamedTuple):
    """A place of a list (see recommendation_lists)."""

    product_id: int
    score: float
    reason: int
    because: int
    shared: int
    peers: int


@dataclass(frozen=True)
class Known:
    """As of one look; `digests`: of each shelf of products; `listed`: who had a list when the build was first seen;
    `gone`: customers who may be deleted. On another day other products are launched."""

    build: int
    as_of: dt.datetime
    day: dt.date
    digests: dict[int, int] = field(repr=False)
    products: dict[int, Kept] = field(repr=False)
    popular: dict[str, list[Choice]] = field(repr=False)
    listed: BitMap = field(repr=False)
    gone: frozenset[int] = field(repr=False)

    def product(self, number: int) -> Product | None:
        """The product of this id; None where there is none."""
        kept = self.products.get(number)
        if kept is None:
            return None
        name, category, brand, price, sold = kept
        return Product(name, category, brand, Decimal(price), sold)

    def sold(self, number: int) -> bool:
        """Whether there is a product of this id that may be recommended."""
        kept = self.products.get(number)
        return kept is not None and bool(kept[4])


class Knowledge:
    """Looks for all threads of a process."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970, which say what day it is and how old a look is."""
        self._ask, self._clock = ask, clock
        self._known: Known | None = None
        self._looked = self._tried = 0.0
        self._looking = threading.Lock()
        self._thread: threading.Thread | None = None

    def now(self) -> Known:
        """What is known.

        Raises:
            NothingYetError: nothing was computed yet.
            C360Error: what asking raises, once what is known is too old.
        """
        known, age = self._known, self._clock() - self._looked
        if known is None or not 0 <= age < OLDEST:
            with self._looking:
                if self._known is None or not 0 <= self._clock() - self._looked < OLDEST:
                    self._look()
                assert self._known is not None
                return self._known
        if age >= BELIEVED and self._clock() - self._tried >= BELIEVED:
            self.begin()
        return known

    def may_list(self, customer: int) -> bool:
        """Whether a customer may have a list; asks nobody, and of nothing known it may be."""
        known = self._known
        return known is None or not 0 < customer <= MAX_ENTITY or customer in known.listed

    def begin(self) -> None:
        """Looks beside, if nobody does."""
        if self._looking.acquire(blocking=False):
            self._tried = self._clock()
            self._thread = threading.Thread(target=self._look_beside, name="known", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Waits for a look that is under way."""
        if self._thread is not None:
            self._thread.join()

    def _look_beside(self) -> None:
        try:
            self._look()
        except C360Error:
            # Whoever asks when what is known has become too old looks themselves, and hears of it.
            return
        finally:
            self._looking.release()

    def _look(self) -> None:
        began = self._clock()
        rows = self._ask("current", {})
        if not rows:
            raise NothingYetError("Nothing is recommended yet. Run 'python -m queries.recommend refresh'.")
        ((build, as_of),) = rows
        day = dt.datetime.fromtimestamp(began, dt.UTC).date()
        before = self._known
        digests = {int(shelf): int(digest) for shelf, digest in self._ask("digests", {})}
        products = self._products(before if before is not None and before.day == day else None, digests)
        same = before if before is not None and before.build == build else None
        popular = same.popular if same is not None else self._popular(build)
        listed = same.listed if same is not None else self._listed(build)
        gone = frozenset(row[0] for row in self._ask("gone", {}))
        self._known = Known(build, aware(as_of), day, digests, products, popular, listed, gone)
        self._looked = began

    def _products(self, before: Known | None, digests: dict[int, int]) -> dict[int, Kept]:
        """All there are, of which those shelves are asked for that have changed."""
        old = before.digests if before is not None else {}
        changed = [shelf for shelf in old.keys() | digests.keys() if old.get(shelf) != digests.get(shelf)]
        if before is not None and not changed:
            return before.products
        left = set(changed)
        kept = before.products.items() if before is not None else ()
        products = {number: product for number, product in kept if number // SHELF not in left}
        rows = self._ask("shelf", {"shelves": sorted(left & digests.keys())})
        products.update((row[0], tuple(row[1:6])) for row in rows)
        return products

    def _popular(self, build: int) -> dict[str, list[Choice]]:
        popular: dict[str, list[Choice]] = {}
        for segment, product, peers in self._ask("popular", {"build": build}):
            reason = reasons.SEGMENT if segment else reasons.POPULAR
            popular.setdefault(segment, []).append(Choice(product, 0.0, reason, 0, 0, peers))
        return popular

    def _listed(self, build: int) -> BitMap:
        ((customers,),) = self._ask("listed", {"build": build})
        return BitMap(customers)
