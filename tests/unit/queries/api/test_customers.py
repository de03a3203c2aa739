"""A customer as the rows say: known, erased, or known by events alone."""

import asyncio
import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal

import pytest

from queries.api.clickhouse import ClickHouse
from queries.api.models import Features
from queries.database import Table
from schemas.records import schema
from tests.unit.queries.api.fakes import FakeClickHouse, api, ask, problem, settings

NOON = dt.datetime(2026, 1, 31, 12, 0, 0, 7000, tzinfo=dt.UTC)
PROFILE = Table(
    ("customer_id", "name", "email", "segment", "registration_date", "acquisition_channel", "country"),
    [(42, "Ada", "ada@example.org", "VIP", dt.date(2025, 3, 1), "organic", "NL")],
)
EVENTS = Table(
    ("kind", "id", "ts", "product_id", "product", "what", "through", "amount", "quantity"),
    [
        ("transaction", 9, NOON, 7, "Lamp", "refunded", "web", Decimal("-12.50"), 1),
        ("interaction", 8, NOON, 8, None, "view", "mobile", None, None),
    ],
)
ALERT_COLUMNS = (
    "alert_id", "customer_id", "kind", "score", "previous_score", "reason", "segment", "lifetime_value", "as_of",
)  # fmt: skip


def features() -> Table:
    numbers = {
        "segment": "VIP", "churn_band": "high", "churn_score": 0.91, "lifetime_value": Decimal("8542.10"),
        "last_purchase": None,
    }  # fmt: skip
    row = {name: numbers.get(name, _plain(name)) for name in Features.model_fields}
    return Table(tuple(row), [tuple(row.values())])


def _plain(name: str) -> object:
    if name.startswith("spend"):
        return Decimal("1.00")
    return NOON if name in {"as_of", "first_seen", "last_seen"} else 3


def alert(kind: str) -> Table:
    values = ("ab" * 16, 42, kind, 0.9, 0.4, "silent for 40 days", "VIP", Decimal("8542.10"), NOON)
    return Table(ALERT_COLUMNS, [values])


def test_all_that_is_known_of_a_customer() -> None:
    tables = {"profile": PROFILE, "features": features(), "activity": EVENTS, "alerts": alert("raised")}
    clickhouse = FakeClickHouse(settings(), tables)
    answer = ask(api(clickhouse), "/v1/customers/42?activity=2")
    assert answer.status_code == 200
    told = answer.json()
    assert told["profile"]["registration_date"] == "2025-03-01"
    assert told["features"]["lifetime_value"] == "8542.10"
    assert told["features"]["last_purchase"] is None
    assert told["churn"] == {
        "score": 0.91, "band": "high", "as_of": "2026-01-31T12:00:00.007Z", "reason": "silent for 40 days",
        "alert": told["churn"]["alert"],
    }  # fmt: skip
    assert told["churn"]["alert"]["lifetime_value"] == "8542.10"
    assert [event["amount"] for event in told["activity"]] == ["-12.50", None]
    assert told["activity"][0]["ts"] == "2026-01-31T12:00:00.007Z"
    assert {name for name, _ in clickhouse.looked} == {"profile", "features", "activity", "alerts"}


def test_a_reason_is_that_of_an_episode_that_goes_on() -> None:
    tables = {"profile": PROFILE, "features": features(), "alerts": alert("recovered")}
    churn = ask(api(FakeClickHouse(settings(), tables)), "/v1/customers/42").json()["churn"]
    assert churn["reason"] is None
    assert churn["alert"]["kind"] == "recovered"


def test_no_activity_is_asked_for() -> None:
    tables = {"profile": PROFILE, "activity": EVENTS}
    told = ask(api(FakeClickHouse(settings(), tables)), "/v1/customers/42?activity=0").json()
    assert told["activity"] == []
    assert told["features"] is told["churn"] is None


def test_one_of_whom_events_alone_are_known() -> None:
    told = ask(api(FakeClickHouse(settings(), {"activity": EVENTS})), "/v1/customers/42").json()
    assert told["profile"] is None
    assert len(told["activity"]) == 2


@pytest.mark.parametrize("tables", [{}, {"activity": EVENTS, "erased": Table(("customer_id",), [(42,)])}])
def test_a_stranger_and_one_who_is_erased_are_told_alike(tables: dict[str, Table]) -> None:
    told = problem(ask(api(FakeClickHouse(settings(), tables)), "/v1/customers/42"), 404, "not-found")
    assert "There is no customer 42" in told["detail"]


def test_the_features_are_those_of_the_contract() -> None:
    fields = {field["name"] for field in schema("customer_feature")["fields"]}
    assert set(Features.model_fields) == fields - {"input_offsets", "computed_by"}


def test_its_statements_are_known_by_name_in_the_log_of_clickhouse(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a name that the embedded engine's metrics take."""
    asked: list[object] = []

    async def ask(self: ClickHouse, sql: str, parameters: object, given: Mapping[str, object]) -> Table:
        del self, sql, parameters
        asked.append(given["log_comment"])
        return Table(("1",), [(1,)])

    monkeypatch.setattr(ClickHouse, "ask", ask)
    asyncio.run(ClickHouse(settings()).look("ready"))
    (comment,) = asked
    assert re.fullmatch(r"c360:(sql|cypher):([a-z0-9_]{1,64})", str(comment))
