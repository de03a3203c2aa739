"""Rows as columns of a stream."""

import numpy as np
import polars as pl
import pytest

from producers.replay.mapping import Feed
from producers.replay.reading import Table
from producers.replay.shaping import Shaper
from schemas.ids import LAST_VERSION

NAMES = [" Ann ", "", "NULL", "\tBob", "  ", "Cem"]


@pytest.mark.parametrize(
    ("own_export", "names"),
    [(True, NAMES), (False, ["Ann", "2", "3", "Bob", "5", "Cem"])],
    ids=["an export as it is", "others without white space, called by their id where they have no name"],
)
def test_texts(own_export: bool, names: list[str]) -> None:
    columns = {"customer_id": "customer_id", "name": "name"}
    feed = Feed(stream="customers", columns=columns, own_export=own_export)
    rows = pl.DataFrame({"customer_id": [1, 2, 3, 4, 5, 6], "name": NAMES})
    shaped = Shaper(feed, 0).shape(Table(rows, np.arange(2, 8)))
    assert (shaped.frame["name"].to_list(), shaped.rejects) == (names, [])


@pytest.mark.parametrize("own_export", [True, False])
def test_only_an_export_erases_for_good(own_export: bool) -> None:
    columns = {name: name for name in ("customer_id", "version", "deleted")}
    feed = Feed(stream="customers", columns=columns, own_export=own_export)
    versions = [LAST_VERSION - 1, LAST_VERSION, LAST_VERSION + 1]
    rows = pl.DataFrame({"customer_id": [1, 2, 3], "version": versions, "deleted": ["true"] * 3})
    shaped = Shaper(feed, 0).shape(Table(rows, np.arange(2, 5)))
    assert shaped.frame["version"].to_list() == versions[: 2 if own_export else 1]
    assert all("is no whole number that fits" in one.reason for one in shaped.rejects)
