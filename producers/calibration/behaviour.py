"""The figures of a tally about time: growth, rhythm, cohorts, silence, registrations, and what is bought together."""

import numpy as np

from producers.calibration.measures import CENTS, SEGMENTS, Measures, ratio
from producers.calibration.tally import NO_TIME, Tally
from producers.world.draws import Floats, Integers
from producers.world.exposure import DAY_MS
from producers.world.world import World

SILENT_DAYS, BASKET_DAYS = 90, 7
FOLLOWED_MONTHS = 4
VIP = SEGMENTS.index("VIP") + 1
#: The client's figure is of as many VIPs as a million customers have.
VIPS = 83_000


def rhythm(world: World, tally: Tally) -> Measures:
    """Growth by month, and how well hours and weekdays follow the calendar."""
    counts, calendar = tally.counts, world.parameters["calendar"]
    daily = _daily_revenue(tally)[tally.span.full()]
    found: Measures = {
        "full months below the month before": float((np.diff(daily) <= 0).sum()),
        "hours against the calendar, correlation": _correlation(counts.hours, calendar["hours"]),
        "weekdays against the calendar, correlation": _correlation(counts.weekdays, calendar["weekdays"]),
        "revenue of a full month, mean, M USD per million customers": _monthly(world, tally),
    }
    if len(daily) > FOLLOWED_MONTHS:
        found["daily revenue, fifth full month over first"] = ratio(daily[FOLLOWED_MONTHS], daily[0])
    return found


def _daily_revenue(tally: Tally) -> Floats:
    return np.asarray(tally.counts.by_month / np.diff(tally.span.months), np.float64)


def _monthly(world: World, tally: Tally) -> float:
    full = tally.counts.by_month[tally.span.full()]
    return ratio(full.sum() / CENTS, len(full) * len(world.customers.segment))


def _correlation(got: Integers, asked: list[float]) -> float:
    return float(np.corrcoef(got, asked)[0, 1]) if got.std() else 0.0


def loyalty(world: World, tally: Tally) -> Measures:
    """The first month's cohort four months on, and VIPs who have fallen silent or never bought Electronics."""
    counts, vips = tally.counts, world.customers.segment == VIP
    cohort = (counts.months & 1) > 0
    since = tally.span.end - SILENT_DAYS * DAY_MS
    silent = vips & (counts.latest != NO_TIME) & (counts.latest <= since)
    without = vips & (counts.categories & (1 << list(world.parameters["categories"]).index("Electronics")) == 0)
    back = ratio((counts.months[cohort] >> FOLLOWED_MONTHS & 1).sum(), cohort.sum())
    return {
        "first month's cohort active four months on": 100 * back,
        "VIPs silent for 90 days, of 83,000": ratio(silent.sum() * VIPS, vips.sum()),
        "VIPs who never bought Electronics, of 83,000": ratio(without.sum() * VIPS, vips.sum()),
    }


def registrations(world: World, tally: Tally) -> Measures:
    """Registrations a day of the last full month over the first one's, in percent more."""
    customers, full, months = world.customers, tally.span.full(), tally.span.months
    found: Measures = {}
    for name in ("VIP", "Basic"):
        own = customers.registered[customers.segment == SEGMENTS.index(name) + 1]
        daily = (np.histogram(own, months)[0] / np.diff(months))[full]
        if len(daily) > 1:
            found[f"registrations of {name}, growth"] = 100 * (ratio(daily[-1], daily[0]) - 1)
    return found


def baskets(world: World, tally: Tally) -> Measures:
    """Pairs of watched products bought by the same customer within seven days: how many customers, what lift."""
    rows = tally.bought()
    pairs = _pairs(rows, len(world.products.cents))
    together, customers = np.unique(pairs[1], return_counts=True)
    if not len(together):
        return {}
    bought = np.unique(rows[[0, 2]], axis=1)[1]
    buyers = np.bincount(bought, minlength=len(world.products.cents))
    one, other = np.divmod(together, len(world.products.cents))
    lift = customers * (tally.counts.purchases > 0).sum() / (buyers[one] * buyers[other])
    best = np.argsort(-customers, kind="stable")[:20]
    return {
        "customers of the best pair, per million": ratio(customers.max() * 1_000_000, len(world.customers.segment)),
        "lift of the 20 best pairs, median": float(np.median(lift[best])),
    }


def _pairs(rows: Integers, products: int) -> Integers:
    """(customer, pair) of purchases within the days, each once; rows are customers, times and products, in order."""
    customer, ts, product = rows
    found = [np.empty((2, 0), np.int64)]
    for step in range(1, len(customer)):
        near = (customer[step:] == customer[:-step]) & (ts[step:] - ts[:-step] <= BASKET_DAYS * DAY_MS)
        if not near.any():
            break
        one, other = product[:-step][near], product[step:][near]
        differ = one != other
        codes = np.minimum(one, other) * products + np.maximum(one, other)
        found.append(np.stack([customer[:-step][near][differ], codes[differ]]))
    return np.unique(np.concatenate(found, axis=1), axis=1)
