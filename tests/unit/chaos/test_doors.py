"""What the API says of a customer is compared with what is stored, field by field and event by event."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.chaos.doors import differences

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
STORED = {"name": "Ada", "orders": 2, "lifetime_value": Decimal("10.50"), "as_of": AT}
EVENTS = [{"id": 7, "ts": AT, "amount": Decimal("5.00")}, {"id": 6, "ts": AT, "amount": Decimal("5.50")}]


def told(**other: Any) -> dict[str, Any]:
    """As the API says it, with something else in its stead."""
    at = "2026-01-31T12:00:00.000Z"
    answer = {
        "profile": {"name": "Ada", "segment": "VIP"},
        "features": {"orders": 2, "lifetime_value": "10.50", "as_of": at, "views": 3},
        "activity": [
            {"id": 7, "ts": at, "amount": "5.00", "kind": "transaction"},
            {"id": 6, "ts": at, "amount": "5.50", "kind": "transaction"},
        ],
    }
    return {**answer, **other}


def test_what_is_stored_is_no_difference() -> None:
    assert differences(told(), STORED, EVENTS) == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"profile": None}, ["profile.name is None"]),
        ({"features": {**told()["features"], "orders": 1}}, ["features.orders is 1"]),
        ({"activity": told()["activity"][:1]}, ["activity has 1 events: 2 are stored"]),
        ({"activity": told()["activity"][::-1]}, ["activity has {'id': 6", "activity has {'id': 7"]),
    ],
    ids=["no profile", "older features", "an event is missing", "another order"],
)
def test_each_difference_is_told(other: dict[str, Any], words: list[str]) -> None:
    found = differences(told(**other), STORED, EVENTS)
    assert len(found) == len(words)
    assert all(one.startswith(begin) for one, begin in zip(found, words, strict=True))


def test_a_customer_without_features_differs_in_each() -> None:
    assert len(differences(told(features=None), STORED, EVENTS)) == 3
