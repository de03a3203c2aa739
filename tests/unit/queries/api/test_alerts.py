"""Pages of alerts: each goes on where the one before ended, for the same filters."""

import datetime as dt
from decimal import Decimal

from queries.api.cursors import BEGINNING
from queries.database import Table
from tests.unit.queries.api.fakes import FakeClickHouse, api, ask, problem, settings
from tests.unit.queries.api.test_customers import ALERT_COLUMNS

NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def alert(number: int) -> tuple[object, ...]:
    as_of = NOON - dt.timedelta(hours=number)
    return (f"{number:032x}", number + 1, "raised", 0.9, 0.4, "silent", "VIP", Decimal("1.00"), as_of)


def test_a_page_names_the_next_one() -> None:
    clickhouse = FakeClickHouse(settings(), {"alerts": Table(ALERT_COLUMNS, [alert(number) for number in range(3)])})
    app = api(clickhouse)
    first = ask(app, "/v1/alerts?limit=2&kind=raised&since=2026-01-01")
    told = first.json()
    assert [one["customer_id"] for one in told["alerts"]] == [1, 2]
    assert first.headers["link"] == (
        f'<http://api/v1/alerts?limit=2&kind=raised&since=2026-01-01&cursor={told["next"]}>; rel="next"'
    )
    asked = clickhouse.looked[-1][1]
    assert asked["limit"] == 3
    assert (asked["before"], asked["last_id"]) == BEGINNING
    assert asked["since"] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    clickhouse.tables["alerts"] = Table(ALERT_COLUMNS, [alert(2)])
    last = ask(app, first.headers["link"].partition(">")[0].removeprefix("<http://api"))
    assert last.json()["next"] is None
    assert "link" not in last.headers
    asked = clickhouse.looked[-1][1]
    assert (asked["before"], asked["last_id"]) == (NOON - dt.timedelta(hours=1), f"{1:032x}")
    problem(ask(app, f"/v1/alerts?limit=2&cursor={told['next']}"), 400, "bad-parameter")
