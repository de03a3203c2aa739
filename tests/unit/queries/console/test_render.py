"""What pages say of moments."""

import datetime as dt
from types import SimpleNamespace

from queries.console.render import html, moment

NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def test_times_say_of_which_zone_they_are() -> None:
    assert moment(NOON) == "2026-01-31 12:00 UTC"
    assert moment(None) == "-"
    record = SimpleNamespace(partition=0, offset=1, at=NOON, key="", schema_id=None, value="{}", readable=True)
    assert "2026-01-31 12:00:00 UTC" in html("messages", found=[record])
