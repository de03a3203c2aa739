"""Churn alerts as ClickHouse has them, page by page."""

import datetime as dt

from queries.api.clickhouse import ClickHouse
from queries.api.cursors import BEGINNING, Place
from queries.api.models import Alert

EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


async def alerts_of(
    clickhouse: ClickHouse,
    *,
    customer_id: int | None = None,
    kind: str | None = None,
    segment: str | None = None,
    since: dt.datetime | None = None,
    behind: Place = BEGINNING,
    limit: int,
) -> list[Alert]:
    """Alerts behind a place, the newest first; None stands for any. Raises as ClickHouse.ask() does."""
    table = await clickhouse.look(
        "alerts",
        customer_id=customer_id or 0,
        kind=kind or "",
        segment=segment or "",
        since=since or EARLIEST,
        before=behind.as_of,
        last_id=behind.alert_id,
        limit=limit,
    )
    return [Alert.model_validate(row) for row in table.records()]
