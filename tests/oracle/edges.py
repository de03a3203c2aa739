"""A world in which everything happens that seldom does."""

import datetime as dt
import random

from tests.oracle.records import Records

#: The newest event; whole days before it, and a millisecond to either side, are where windows end.
NOW = dt.datetime(2025, 3, 31, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TICK = dt.timedelta(milliseconds=1)
NEVER_BOUGHT, DELETED, UNKNOWN = 40, 41, 4_294_967_295
WITHDRAWN, UNSOLD, RETURNED = 20, 21, 22
SEGMENTS = ("VIP", "Premium", "Regular", "Basic")
CHANNELS = ("organic", "social", "email")
KINDS = ("view", "cart", "wishlist", "review", "share", "UNKNOWN")


def at(*parts: int) -> dt.datetime:
    """A moment in UTC."""
    year, month, day, *rest = parts
    return dt.datetime(year, month, day, *rest, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]  # hours, minutes, seconds


def edges(records: Records, seed: int) -> None:
    """Sends everything odd, each oddity by customers and products of its own, above a crowd that collides a lot."""
    _people(records)
    _goods(records)
    _refunds(records)
    _boundaries(records)
    _strangers(records)
    _crowd(records, random.Random(seed))


def _people(records: Records) -> None:
    records.customer(1, "Basic", acquisition_channel="social")  # refunds only: a segment in the red
    records.customer(2, "Regular")  # refund before purchase
    records.customer(3, "New")  # cancelled only: a segment without revenue
    for number in (4, 5, 6):
        records.customer(number, "Premium", registration_date=dt.date(2024, 2, 29))  # equal lifetime values
    records.customer(7, "UNKNOWN", name='O\'Neil \\ \t"ß"', acquisition_channel="UNKNOWN")
    for number in range(8, 20):
        records.customer(number, SEGMENTS[number % 4], acquisition_channel=CHANNELS[number % 3])
    records.customer(20, registration_date=NOW.date())
    records.customer(21, registration_date=NOW.date() + DAY)  # registers after everything has happened
    for number, day in enumerate(
        (dt.date(1970, 1, 1), dt.date(1969, 12, 31), dt.date(1900, 1, 31), dt.date(2262, 4, 12))
    ):
        records.customer(27 + number, registration_date=day)
    records.customer(23, "UNKNOWN")  # all that this segment has: the same revenue in every category
    for number in (24, 25, 26):
        records.customer(number)
    records.customer(NEVER_BOUGHT, "VIP")
    records.customer(DELETED, "VIP")
    records.customer(8, "VIP", name="Changed")
    records.customer(8, "Basic", name="Stale", version=0)  # arrives late: an older version
    records.customer(9, "New", deleted=True)
    records.customer(9, "Premium", name="Back again")
    records.erase(DELETED)


def _goods(records: Records) -> None:
    for number in range(1, 13):
        category = ("Home", "Books", "Electronics", "")[number % 4]
        records.product(number, category, ("Ikea", "Apple", "Lego")[number % 3])
    for number in (WITHDRAWN, UNSOLD, RETURNED, 23, 24):
        records.product(number, "Electronics", "Apple")
    records.product(3, "Garden", "Ikea", stock_quantity=-5)
    records.product(3, "Home", "Ikea", version=0)
    records.product(WITHDRAWN, deleted=True)


def _refunds(records: Records) -> None:
    records.refund(1, RETURNED, at(2024, 3, 5), "-25.00")
    records.refund(2, 2, at(2024, 1, 5), "-7.00")
    records.buy(2, 2, at(2024, 2, 10), "7.00")
    records.buy(3, 1, at(2024, 2, 10), "99.00", "cancelled")
    records.buy(3, 1, at(2024, 2, 11), "98.00", "UNKNOWN")
    for customer, amounts in {4: ("10.00", "20.01"), 5: ("30.01",), 6: ("40.00", "0.01")}.items():
        for place, amount in enumerate(amounts):
            records.buy(customer, 1 + place, at(2024, 6, 1 + place), amount)
    records.refund(6, 1, at(2024, 8, 1), "-10.00")
    records.buy(7, 2, at(2024, 6, 1), "9999999999.99", quantity=2_000_000_000)
    records.buy(7, 2, at(2024, 6, 2), "0.00", quantity=2_000_000_000)
    # A status that this version does not know counts nowhere, of whomever it is.
    for number in range(10, 20):
        records.buy(number, number - 8, at(2024, 6, 3), "5000.00", "UNKNOWN")
    for product in (1, 2, 3, 4):
        records.buy(23, product, at(2024, 6, 4), "12.00")
    # The same revenue by one sale and by two.
    for product, amounts in {23: ("20.00",), 24: ("15.00", "5.00")}.items():
        for amount in amounts:
            records.buy(24, product, at(2024, 6, 5), amount)


def _boundaries(records: Records) -> None:
    for moment in (
        at(2024, 2, 1) - TICK,
        at(2024, 2, 1),
        at(2024, 2, 29, 12),
        at(2024, 3, 1) - TICK,
        at(2025, 2, 1) - TICK,
    ):
        records.buy(10, 4, moment, "3.33")
        records.act(10, 4, moment, "cart")
    # Bought within a window of seven days, and just outside it.
    for customer, gap in ((11, 7 * DAY), (12, 7 * DAY), (13, 7 * DAY + TICK), (14, 7 * DAY - TICK)):
        records.buy(customer, 5, at(2024, 9, 3, 8))
        records.buy(customer, 6, at(2024, 9, 3, 8) + gap)
    # Silent for 90 days, just less, just more.
    for customer, moment in ((15, NOW - 90 * DAY), (16, NOW - 90 * DAY + TICK), (17, NOW - 90 * DAY - TICK)):
        records.buy(customer, 7, moment)
        records.act(customer, 7, moment)
    # All in one millisecond, and at the very end.
    for product in (8, 9, 10, 8):
        records.buy(18, product, at(2024, 11, 11, 11, 11, 11))
        records.act(18, product, at(2024, 11, 11, 11, 11, 11), "review")
    records.buy(25, 11, NOW)  # a first purchase
    for product in (5, 6):
        records.buy(26, product, NOW - 60 * DAY)
    records.act(NEVER_BOUGHT, 1, NOW - 30 * DAY, "share", 0)
    records.buy(19, 11, NOW)
    records.act(19, 11, NOW)


def _strangers(records: Records) -> None:
    for customer in (DELETED, UNKNOWN):
        for product in (1, WITHDRAWN, UNKNOWN):
            records.buy(customer, product, at(2024, 10, 10), "1000.00")
            records.refund(customer, product, at(2024, 12, 10), "-500.00")
            records.act(customer, product, at(2024, 10, 9), "wishlist")
    records.buy(19, WITHDRAWN, at(2024, 10, 10), "77.00")
    records.buy(19, UNKNOWN, at(2024, 10, 10), "78.00")


def _crowd(records: Records, draw: random.Random) -> None:
    """Many events on few moments, of few amounts, by few people; nothing in July 2024."""
    for number in range(50, 90):
        records.customer(number, draw.choice(SEGMENTS), acquisition_channel=draw.choice(CHANNELS),
                         registration_date=dt.date(2024, draw.randint(1, 12), draw.randint(1, 28)))  # fmt: skip
    moments = [
        at(2024, month, day, hour) for month in (1, 2, 5, 6, 8, 11) for day in (1, 8, 15, 28) for hour in (0, 13)
    ]
    for _ in range(900):
        customer, product, moment = draw.randint(50, 92), draw.randint(1, 14), draw.choice(moments)
        if draw.random() < 0.5:
            records.act(customer, product, moment, draw.choice(KINDS), draw.randint(0, 90))
            continue
        cents = draw.choice((1000, 1001, 2550, 333))
        status = draw.choices(("completed", "cancelled", "refunded"), (8, 1, 2))[0]
        amount = f"{'-' if status == 'refunded' else ''}{cents // 100}.{cents % 100:02d}"
        records.buy(customer, product, moment, amount, status, draw.randint(1, 3))
