"""The customers: segments by quota, when each registers, drops out and returns, how often each visits, and what for.

Arrays are by place: customer id less one. Times are milliseconds of Unix time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from producers.world.draws import Floats, Integers, Stream, beta_quantiles, cumulative, lookup, pick
from producers.world.exposure import DAY_MS, Exposure, fitted, presence
from producers.world.parameters import Parameters
from producers.world.timeline import daily
from schemas.records import symbols

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Customers:
    """Tables of all customers; segment, favourite, device and channel are codes, favourite into the categories."""

    segment: npt.NDArray[np.uint8]
    favourite: npt.NDArray[np.uint8]
    registered: Integers
    dropout: Integers
    comeback: Integers
    visits: Floats
    #: The part of the calendar's visits by segment code and favourite.
    exposure: Floats
    device: npt.NDArray[np.uint8]
    sales_channel: npt.NDArray[np.uint8]

    def active(self, places: Integers, at: Integers) -> npt.NDArray[np.bool_]:
        """Whether each customer may begin a visit at each time."""
        here = (self.registered.take(places) <= at) & (self.dropout.take(places) > at)
        return here | (self.comeback.take(places) <= at)


def customers(parameters: Parameters, seed: int, count: int, epoch: int) -> Customers:
    """The tables of `count` customers; `epoch` is the world's first day in ms."""
    place = np.arange(count, dtype=np.int64)
    segment = _segments(parameters, seed, place)
    favourite = _favourites(parameters, seed, place, segment)
    registered = _registered(parameters, seed, place, segment, epoch)
    dropout, comeback = _dropout(parameters, seed, place, segment, registered, epoch)
    rate = _rates(parameters, seed, place, segment)
    spells = [(registered, dropout), (comeback, np.full(count, NEVER))]
    share = _exposure(parameters, segment, favourite, rate, spells, epoch)
    visits = cumulative(rate * share.multiplier[segment])
    channels = _devices(parameters, seed, place)
    return Customers(segment, favourite, registered, dropout, comeback, visits, share.visits, *channels)


def _segments(parameters: Parameters, seed: int, place: Integers) -> npt.NDArray[np.uint8]:
    """Codes such that each segment has exactly its share, rounded."""
    names = symbols("customer", "segment")
    shares = {names.index(name): segment["share"] for name, segment in parameters["segments"].items()}
    ends = np.rint(cumulative(shares.values()) * len(place)).astype(np.int64)
    order = np.argsort(Stream(seed, "segment").bits(place), kind="stable")
    codes = np.empty(len(place), np.uint8)
    codes[order] = np.repeat(np.array(list(shares), np.uint8), np.diff(ends, prepend=0))
    return codes


def _favourites(
    parameters: Parameters, seed: int, place: Integers, segment: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Each customer's favourite category, as likely as the category is in the segment."""
    unit = Stream(seed, "favourite").unit(place)
    favourite = np.zeros(len(place), np.uint8)
    for code, name in enumerate(symbols("customer", "segment")):
        if name in parameters["segments"]:
            weights = parameters["segments"][name]["categories"]
            shares = cumulative(weights[category] for category in parameters["categories"])
            favourite[segment == code] = pick(shares, unit[segment == code])
    return favourite


def _registered(
    parameters: Parameters, seed: int, place: Integers, segment: npt.NDArray[np.uint8], epoch: int
) -> Integers:
    """Evenly over the years before the epoch, then with a density that grows by the day."""
    length = parameters["calendar"]["days"]
    unit = Stream(seed, "registration").unit(place)
    names = ("registered_before", "years_before", "registration_growth")
    before, years, growth = (_by_segment(parameters, name)[segment] for name in names)
    earlier = years * 365.0 * (unit / np.where(before > 0, before, 1.0) - 1)
    within = np.maximum(unit - before, 0.0) / (1 - before)
    later = length * (np.sqrt(1 + growth * (2 + growth) * within) - 1) / growth
    days = np.where(unit < before, earlier, later)
    newest = _by_segment(parameters, "newest_days")[segment]
    days = np.where(newest > 0, length - newest * (1 - unit), days)
    return np.asarray(epoch + np.floor(days * DAY_MS), np.int64)


def _dropout(
    parameters: Parameters,
    seed: int,
    place: Integers,
    segment: npt.NDArray[np.uint8],
    registered: Integers,
    epoch: int,
) -> tuple[Integers, Integers]:
    """When each stops visiting, not before the epoch, and when it comes back (NEVER for most)."""
    lifetime = _by_segment(parameters, "lifetime_days")[segment]
    days = -lifetime * np.log1p(-Stream(seed, "dropout").unit(place))
    dropout = np.maximum(registered, epoch) + np.floor(days * DAY_MS).astype(np.int64)
    returning = Stream(seed, "returning").unit(place) < _by_segment(parameters, "returning")[segment]
    shortest, more = (_by_segment(parameters, "away_days", end)[segment] for end in (0, 1))
    away = shortest - more * np.log1p(-Stream(seed, "away").unit(place))
    comeback = np.where(returning, dropout + np.floor(away * DAY_MS).astype(np.int64), NEVER)
    return dropout, comeback


def _rates(parameters: Parameters, seed: int, place: Integers, segment: npt.NDArray[np.uint8]) -> Floats:
    """How often each visits, relative to the segment's mean of 1: a floor, and above it a beta distribution."""
    unit = Stream(seed, "rate").unit(place)
    rates = np.ones(len(place))
    for code, name in enumerate(symbols("customer", "segment")):
        if name in parameters["segments"]:
            floor, (low, high) = (parameters["segments"][name][what] for what in ("rate_floor", "rate"))
            own = segment == code
            rates[own] = floor + (1 - floor) * beta_quantiles(low, high, unit[own]) * (low + high) / low
    return rates


def _exposure(
    parameters: Parameters,
    segment: npt.NDArray[np.uint8],
    favourite: npt.NDArray[np.uint8],
    rate: Floats,
    spells: list[tuple[Integers, Integers]],
    epoch: int,
) -> Exposure:
    """The visits of the calendar, such that each segment has its number of orders."""
    groups, kinds, days = len(symbols("customer", "segment")), len(parameters["categories"]), _days(parameters)
    cell = segment.astype(np.int64) * kinds + favourite
    present = presence(rate, cell, groups * kinds, spells, epoch, days).reshape(groups, kinds, days)
    quota = _by_segment(parameters, "orders") * np.bincount(segment, minlength=groups)
    return fitted(present, daily(parameters, epoch, days), quota / quota.sum())


def _days(parameters: Parameters) -> int:
    return int(parameters["calendar"]["days"])


def _devices(parameters: Parameters, seed: int, place: Integers) -> tuple[npt.NDArray[np.uint8], ...]:
    bits = Stream(seed, "device").bits(place)
    device = lookup(parameters["people"]["devices"].values(), 256).take(bits & np.uint64(255)) + np.uint8(1)
    names = symbols("transaction", "channel")
    by_device = np.array([0, *(names.index(name) for name in ("web", "mobile", "web"))], np.uint8)
    unit = (bits >> np.uint64(11)) * 2.0**-53
    store, phone = parameters["transactions"]["store"], parameters["transactions"]["phone"]
    channel = np.where(unit < store, np.uint8(names.index("store")), by_device[device])
    return device, np.where(unit > 1 - phone, np.uint8(names.index("phone")), channel)


def _by_segment(parameters: Parameters, what: str, part: int | None = None) -> npt.NDArray[Any]:
    """A figure of each segment by its code, 0 where there is none; `part`: of those that are lists."""
    found = [parameters["segments"].get(name, {}).get(what, 0.0) for name in symbols("customer", "segment")]
    return np.array([one[part] if part is not None and one else one for one in found], np.float64)
