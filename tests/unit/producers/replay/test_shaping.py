"""Rows as columns of a stream."""

import numpy as np
import polars as pl
import pytest

from producers.replay.mapping import Feed
from producers.replay.reading import Table
from producers.replay.shaping import Shaper

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
