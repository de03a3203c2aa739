"""Schemathesis asks every operation of the OpenAPI document what it allows, and what it does not, in process."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import hypothesis
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from starlette.types import ASGIApp

from queries.api.application import fastapi
from queries.api.middleware import Requests
from queries.api.recommending import Recommending
from queries.api.services import Services
from queries.database import Table
from queries.recommend.serving import OWN, Item, Recommendations
from tests.unit.queries.api.fakes import KEYED, FakeClickHouse, settings
from tests.unit.queries.api.test_customers import EVENTS, PROFILE, alert, features

#: Every answer is held to these.
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


class Willing(FakeClickHouse):
    """Has something to say to every question: whoever a graph question starts from is there."""

    async def ask(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        found = await super().ask(sql, parameters, settings)
        is_whether = "LIMIT" not in sql and "count" in sql.lower()
        return Table(("n",), [(1,)]) if is_whether and "rollups_behind" not in sql else found


class Recommended(Recommending):
    """Has a list for everybody."""

    async def of(self, customer_id: int, limit: int) -> Recommendations:
        as_of = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
        items = [Item(7, "Lamp", "Home", "IKEA", Decimal("9.99"), 0.25, "bought by 3 VIP customers")]
        return Recommendations(customer_id, as_of, OWN, items[:limit])


def application() -> ASGIApp:
    """One of this module's own: whoever else asks an API of the tests changes what that one answers from."""
    here = settings(api_requests_per_second=100_000)
    # Schemathesis starts and ends it for each operation, and with it what it was made with.
    app = fastapi(Services.of(here, FakeClickHouse(here)))
    app.state.services = dataclasses.replace(Services.of(here, Willing(here, TABLES)), recommending=Recommended(here))
    return Requests(app)


TABLES = {"profile": PROFILE, "features": features(), "activity": EVENTS, "alerts": alert("raised")}
schema = schemathesis.openapi.from_asgi("/openapi.json", application()).exclude(path="/v1/alerts/live")


@schema.parametrize()
@hypothesis.settings(
    max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
)
def test_every_operation_keeps_to_the_document(case: Any) -> None:
    query = case.query or {}
    # A good cursor is one that was given out, which no schema says (test_cursors.py).
    left_out = [positive_data_acceptance] if "cursor" in query else []
    # In an address, what stands in a list is text, whatever it was meant to be.
    left_out += [negative_data_rejection] if any(isinstance(value, list) for value in query.values()) else []
    case.call_and_validate(headers=KEYED, checks=CHECKS, excluded_checks=left_out)
