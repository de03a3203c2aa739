"""What people and programs come in by, in the end: the API says of a customer what is stored, the console lets in."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from importlib import resources
from typing import Any

import httpx2

from queries.database import EXACT, HttpDatabase
from schemas.moments import written
from schemas.settings import Settings

#: Who does not answer by then never will.
ANSWER_SECONDS = 120.0
#: So many of a customer's latest events are compared: as many as the API gives.
LATEST = 500
#: Fields that stand in the profile; those of the features are all others.
PROFILE = frozenset({"name", "email", "segment", "country"})


def api(settings: Settings, customer: int, say: Callable[[str], None]) -> dict[str, int]:
    """What the API says of itself if it is not ready, and of a customer otherwise than ClickHouse."""
    address, key = settings.api_url, {"X-API-Key": settings.api_secret}
    with httpx2.Client(base_url=address, headers=key, timeout=ANSWER_SECONDS) as client:
        ready = client.get("/readyz")
        told = client.get(f"/v1/customers/{customer}", params={"activity": LATEST})
    wrong = [f"{one.url.path} answers {one.status_code}: {one.text}" for one in (ready, told) if one.status_code != 200]
    if not wrong:
        wrong = differences(told.json(), *_stored(settings, customer))
    for words in wrong:
        say(f"WRONG: the API's {words}")
    return {"api_wrong": len(wrong)}


def console(settings: Settings, say: Callable[[str], None]) -> dict[str, int]:
    """1 if the console's page to log in at is not there, or does not let in who has the password."""
    with httpx2.Client(base_url=settings.console_url, timeout=ANSWER_SECONDS) as client:
        page = client.get("/login")
        entered = client.post("/login", data={"password": settings.console_secret, "next": "/"})
    shown = page.status_code == 200 and 'name="password"' in page.text
    if shown and entered.status_code == 303:
        return {"console_wrong": 0}
    say(f"WRONG: the console's /login answers {page.status_code}, and {entered.status_code} to its password")
    return {"console_wrong": 1}


def differences(told: Mapping[str, Any], stored: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> list[str]:
    """In words: where an answer of the API differs from a customer's row and their latest events."""
    found = []
    for name, value in stored.items():
        where = "profile" if name in PROFILE else "features"
        if (said := (told[where] or {}).get(name)) != _written(value):
            found.append(f"{where}.{name} is {said!r}: {value!r} is stored")
    if len(told["activity"]) != len(events):
        found.append(f"activity has {len(told['activity'])} events: {len(events)} are stored")
    for said, row in zip(told["activity"], events, strict=False):
        if {name: said[name] for name in row} != {name: _written(value) for name, value in row.items()}:
            found.append(f"activity has {said}: {dict(row)} is stored")
    return found


def _stored(settings: Settings, customer: int) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """A customer's row and latest events."""
    given = {"customer": str(customer), "limit": str(LATEST)}
    with contextlib.closing(HttpDatabase(settings)) as database:
        rows, events = (
            database.query((resources.files("tests.chaos") / name).read_text(encoding="utf-8"), given, EXACT).records()
            for name in ("customer.sql", "latest.sql")
        )
    if not rows or not events:
        raise RuntimeError(f"customer {customer} has {len(rows)} rows and {len(events)} events to compare with")
    return rows[0], events


def _written(value: Any) -> Any:
    """A stored value as the API writes it."""
    if isinstance(value, datetime):
        return written(value)
    return f"{value:f}" if isinstance(value, Decimal) else value
