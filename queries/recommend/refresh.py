"""A refresh: everything anew as a build that answers once it is whole, or active customers in the build that
answers."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

import numpy as np

from queries.recommend.blend import Model, model
from queries.recommend.ranking import Lists, Ranking, popular
from queries.recommend.shop import Ints, Shop
from queries.recommend.store import BEGUN, DONE, SLICE_BITS, Build, Store
from schemas.errors import C360Error

#: A build that was begun so long ago is not gone on with.
STALE = dt.timedelta(hours=20)
#: So long after it happened an event may be stored and still count in the next refresh of active customers.
LATENESS = dt.timedelta(hours=1)
#: Products of the answer for customers of whom little is known.
POPULAR = 200
#: Slices ranked side by side; one more waits to be stored.
WORKERS = 2
#: Told what is being done, and how much of how much of that.
Tell = Callable[[str, int, int], None]
READING, LEARNING, RANKING = "events read (%)", "learning", "customers"


@dataclass(frozen=True)
class Outcome:
    """`customers`: who got a list in this run; `resumed`: whether a build that was begun was gone on with."""

    build: int
    customers: int
    resumed: bool


def complete(store: Store, now: dt.datetime, tell: Tell) -> Outcome:
    """Everybody's lists. If it is broken off, the next one goes on with its build, as of the same moment.

    Raises:
        ClickHouseError: it does not answer, or refuses.
    """
    builds = store.builds()
    begun = [build for build in builds[-1:] if build.state == BEGUN and now - build.as_of < STALE]
    build = begun[0] if begun else store.begin(now)
    shop, learnt = _learnt(store, build.as_of, tell)
    store.put_popular(build, shop, *popular(shop, learnt, POPULAR))
    known, stored = np.flatnonzero(shop.known), store.stored(build)
    slices = [(number, rows) for number, rows in _slices(shop, known) if number not in stored]
    customers = _put(store, build, shop, learnt, slices, build.as_of, tell)
    store.finish(build, len(known))
    others = [each for each in builds if each.number != build.number]
    # Who is being answered from the build before just now still has it.
    before = [each.number for each in others if each.state == DONE][-1:]
    for each in others:
        if each.number not in before:
            store.drop(each)
    return Outcome(build.number, customers, bool(begun))


def active(store: Store, now: dt.datetime, tell: Tell) -> Outcome:
    """The lists of those who did anything since LATENESS before the last refresh, in the build that answers.

    Raises:
        C360Error: there is none.
        ClickHouseError: it does not answer, or refuses.
    """
    done = [build for build in store.builds() if build.state == DONE]
    if not done:
        raise C360Error("Nothing is recommended yet. Run 'python -m queries.recommend refresh' without --active first.")
    build, customers = done[-1], 0
    ids = store.active(build.refreshed - LATENESS, now)
    if len(ids):
        shop, learnt = _learnt(store, now, tell)
        rows = np.flatnonzero(np.isin(shop.customers.ids, ids) & shop.known)
        customers = _put(store, build, shop, learnt, _slices(shop, rows), now, tell, note=False)
    store.refreshed(build, now, customers)
    return Outcome(build.number, customers, resumed=False)


def _learnt(store: Store, as_of: dt.datetime, tell: Tell) -> tuple[Shop, Model]:
    shop = store.shop(as_of, lambda share: tell(READING, round(100 * share), 100))
    tell(LEARNING, 0, 1)
    learnt = model(shop)
    tell(LEARNING, 1, 1)
    return shop, learnt


def _slices(shop: Shop, rows: Ints) -> list[tuple[int, Ints]]:
    """Places of customers by slice: what is stored together."""
    numbers = shop.customers.ids[rows] >> SLICE_BITS
    return [(int(number), rows[numbers == number]) for number in np.unique(numbers)]


def _put(
    store: Store,
    build: Build,
    shop: Shop,
    learnt: Model,
    slices: Sequence[tuple[int, Ints]],
    as_of: dt.datetime,
    tell: Tell,
    note: bool = True,
) -> int:
    """Ranks and stores; answers for how many customers."""
    done, total = 0, sum(len(rows) for _, rows in slices)
    tell(RANKING, 0, total)
    for number, rows, lists in _ranked(Ranking(shop, learnt), slices):
        store.put(build, shop, rows, lists, as_of)
        if note:
            store.note(build, number, len(rows))
        done += len(rows)
        tell(RANKING, done, total)
    return done


def _ranked(ranking: Ranking, slices: Sequence[tuple[int, Ints]]) -> Iterator[tuple[int, Ints, Lists]]:
    """Slices with their lists as they are ready; few are made ahead of what is taken."""
    waiting = iter(slices)
    with ThreadPoolExecutor(WORKERS) as pool:
        running: dict[Future[Lists], tuple[int, Ints]] = {}

        def start(count: int) -> None:
            running.update({pool.submit(ranking.of, rows): (number, rows) for number, rows in islice(waiting, count)})

        start(WORKERS + 1)
        try:
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    number, rows = running.pop(future)
                    start(1)
                    yield number, rows, future.result()
        finally:
            for future in running:
                future.cancel()
