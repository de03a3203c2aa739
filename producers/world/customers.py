"""The customers: segments by quota, when each registers, drops out and returns, and how often each visits.

Arrays are by place: customer id less one. Times are milliseconds of Unix time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from producers.world.draws import Floats, Integers, Stream, cumulative, gamma_quantiles, lookup
from producers.world.parameters import Parameters
from schemas.records import symbols

DAY_MS = 86_400_000
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Customers:
    """Tables of all customers; segment, device, channel and country are codes (country into the parameters' list)."""

    segment: npt.NDArray[np.uint8]
    registered: Integers
    dropout: Integers
    comeback: Integers
    visits: Floats
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
    registered = _registered(parameters, seed, place, segment, epoch)
    dropout, comeback = _dropout(parameters, seed, place, segment, registered, epoch)
    channels = _devices(parameters, seed, place)
    rate = gamma_quantiles(parameters["purchase_rate"]["shape"], Stream(seed, "purchase rate").unit(place))
    end = epoch + parameters["calendar"]["days"] * DAY_MS
    active = _active_share(registered, dropout, comeback, epoch, end)
    visits = rate * _weights(parameters, segment, rate * active)
    return Customers(segment, registered, dropout, comeback, cumulative(visits), *channels)


def _segments(parameters: Parameters, seed: int, place: Integers) -> npt.NDArray[np.uint8]:
    """Codes such that each segment has exactly its share, rounded."""
    names = symbols("customer", "segment")
    shares = {names.index(name): segment["share"] for name, segment in parameters["segments"].items()}
    ends = np.rint(cumulative(shares.values()) * len(place)).astype(np.int64)
    order = np.argsort(Stream(seed, "segment").bits(place), kind="stable")
    codes = np.empty(len(place), np.uint8)
    codes[order] = np.repeat(np.array(list(shares), np.uint8), np.diff(ends, prepend=0))
    return codes


def _registered(
    parameters: Parameters, seed: int, place: Integers, segment: npt.NDArray[np.uint8], epoch: int
) -> Integers:
    calendar = parameters["calendar"]
    unit = Stream(seed, "registration").unit(place)
    before = calendar["registered_before"]
    years = -calendar["years_before"] * 365.0 * (1 - np.sqrt(np.minimum(unit / before, 1.0)))
    within = calendar["days"] * ((unit - before) / (1 - before))
    days = np.where(unit < before, years, within)
    new = segment == symbols("customer", "segment").index("New")
    days = np.where(new, calendar["days"] - 60 * (1 - unit), days)
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
    away = 25 - 75 * np.log1p(-Stream(seed, "away").unit(place))
    comeback = np.where(returning, dropout + np.floor(away * DAY_MS).astype(np.int64), NEVER)
    return dropout, comeback


def _devices(parameters: Parameters, seed: int, place: Integers) -> tuple[npt.NDArray[np.uint8], ...]:
    bits = Stream(seed, "device").bits(place)
    device = lookup(parameters["people"]["devices"].values(), 256).take(bits & np.uint64(255)) + np.uint8(1)
    names = symbols("transaction", "channel")
    by_device = np.array([0, *(names.index(name) for name in ("web", "mobile", "web"))], np.uint8)
    unit = (bits >> np.uint64(11)) * 2.0**-53
    store, phone = parameters["transactions"]["store"], parameters["transactions"]["phone"]
    channel = np.where(unit < store, np.uint8(names.index("store")), by_device[device])
    return device, np.where(unit > 1 - phone, np.uint8(names.index("phone")), channel)


def _active_share(registered: Integers, dropout: Integers, comeback: Integers, epoch: int, end: int) -> Floats:
    """The share of [epoch, end) in which each customer may visit."""
    begin = np.clip(registered, epoch, end)
    first = np.maximum(np.minimum(dropout, end) - begin, 0)
    return np.asarray((first + np.maximum(end - np.minimum(comeback, end), 0)) / float(end - epoch), np.float64)


def _weights(parameters: Parameters, segment: npt.NDArray[np.uint8], exposure: Floats) -> Floats:
    """What to multiply with so that a segment's mean of exposure becomes its number of orders."""
    mean = np.bincount(segment, exposure, 6) / np.maximum(np.bincount(segment, minlength=6), 1)
    return (_by_segment(parameters, "orders") / np.where(mean > 0, mean, 1.0))[segment]


def _by_segment(parameters: Parameters, what: str) -> npt.NDArray[Any]:
    names = symbols("customer", "segment")
    return np.array([parameters["segments"].get(name, {}).get(what, 0.0) for name in names], np.float64)
