"""The features of one customer, recomputed from the list of events: written apart, slowly, to be compared with."""

from dataclasses import dataclass, field
from typing import Any

HOUR, DAY = 3_600_000, 86_400_000
WINDOWS = {"1h": (HOUR, 1), "24h": (HOUR, 24), "7d": (DAY, 7), "30d": (DAY, 30), "90d": (DAY, 90)}
TYPES = ("view", "cart", "wishlist", "review", "share")
WEIGHTS = {"view": 1.0, "cart": 5.0, "wishlist": 3.0, "review": 4.0, "share": 2.0}


@dataclass(frozen=True)
class Event:
    """A transaction (status, cents) or an interaction (type)."""

    number: int
    customer: int
    ts: int
    status: str = ""
    cents: int = 0
    type: str = ""
    product: int = 0

    @property
    def counts(self) -> bool:
        """Whether it is anything to the features."""
        return bool(self.type) or self.status in {"completed", "refunded"}


@dataclass
class Expected:
    """What the features of a customer must be."""

    values: dict[str, Any] = field(default_factory=dict)


def distinct(events: list[Event]) -> list[Event]:
    """Each id once for each of the two topics."""
    return list({(bool(event.type), event.number): event for event in events}.values())


def recompute(events: list[Event], customer: int, clock: int, catalogue: dict[int, str]) -> dict[str, Any]:
    """Every whole number among a customer's features as of the clock; `catalogue` has the products' categories."""
    own = [event for event in distinct(events) if event.customer == customer and event.counts]
    bought = [event for event in own if event.status == "completed"]
    out: dict[str, Any] = {
        "first_seen": min(event.ts for event in own),
        "last_seen": max(event.ts for event in own),
        "last_purchase": max((event.ts for event in bought), default=-1),
        "orders": len(bought),
        "lifetime_value": sum(event.cents for event in own),
        "active_days": len({event.ts // DAY for event in own}),
        "categories": len({catalogue[event.product] for event in bought if event.product in catalogue}),
    }
    for name, (tile, count) in WINDOWS.items():
        inside = [event for event in own if clock // tile - count < event.ts // tile <= clock // tile]
        out[f"purchases_{name}"] = sum(event.status == "completed" for event in inside)
        out[f"spend_{name}"] = sum(event.cents for event in inside)
        out[f"interactions_{name}"] = sum(bool(event.type) for event in inside)
    for kind in TYPES:
        out[f"{kind}s"] = sum(event.type == kind for event in own)
    return out


def rates(found: dict[str, Any], clock: int) -> tuple[float, float]:
    """Purchases and active days a day, of what `recompute` answered."""
    days = max(1.0, (clock - found["first_seen"]) / DAY)
    return found["orders"] / days, found["active_days"] / days


def decayed(events: list[Event], customer: int, clock: int, half_life_days: int) -> float:
    """The decayed sum of weights, by the age of each event."""
    total = 0.0
    for event in distinct(events):
        if event.customer == customer and event.counts:
            weight = WEIGHTS[event.type] if event.type else 8.0 * (event.status == "completed")
            total += weight * 0.5 ** ((clock - event.ts) / (half_life_days * DAY))
    return total
