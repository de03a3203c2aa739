"""A graph's values as Bolt's structures, and dates and times of parameters back."""

import datetime as dt
import zoneinfo
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.graph.bolt.handshake import Version
from queries.graph.bolt.packstream import Structure, unpacked
from queries.graph.bolt.wire import packer, parameters
from queries.graph.elements import Node, Path, Relationship
from schemas.errors import UsageError

ANN = Node(1, "Customer:1", ("Customer",), {"name": "Ann", "lifetime_value": Decimal("12.30")})
PEN = Node(7, "Product:7", ("Product",), {"name": "Pen"})
BOUGHT = Relationship(3, "PURCHASED:3", "PURCHASED", 1, "Customer:1", 7, "Product:7", {"amount": Decimal("1.10")})
PARIS = zoneinfo.ZoneInfo("Europe/Paris")


def sent(value: object, version: Version = (5, 4), *, utc: bool = True) -> Any:
    return unpacked(packer(version, utc=utc).packed(value))


def test_money_is_a_float() -> None:
    assert sent([Decimal("0.10"), Decimal("12345678901234567890.12")]) == [0.1, 1.2345678901234567e19]


def test_a_node_with_and_without_its_element_id() -> None:
    known = (1, ["Customer"], {"name": "Ann", "lifetime_value": 12.3})
    assert sent(ANN) == Structure(0x4E, (*known, "Customer:1"))
    assert sent(ANN, (4, 4)) == Structure(0x4E, known)


def test_a_relationship_with_and_without_element_ids() -> None:
    known = (3, 1, 7, "PURCHASED", {"amount": 1.1})
    assert sent(BOUGHT) == Structure(0x52, (*known, "PURCHASED:3", "Customer:1", "Product:7"))
    assert sent(BOUGHT, (4, 4)) == Structure(0x52, known)


def test_a_path_names_each_element_once_and_walks_either_way() -> None:
    path = sent(Path((ANN, PEN, ANN), (BOUGHT, BOUGHT)))
    nodes, edges, steps = path.fields
    assert (path.tag, len(nodes), len(edges)) == (0x50, 2, 1)
    assert edges[0] == Structure(0x72, (3, "PURCHASED", {"amount": 1.1}, "PURCHASED:3"))
    assert steps == [1, 1, -1, 0]


def test_a_path_of_one_node() -> None:
    assert sent(Path((PEN,), ())).fields[1:] == ([], [])


def test_times_in_the_new_and_the_old_way() -> None:
    moment = dt.datetime(1970, 1, 1, 2, 15, 0, 42, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert sent(moment) == Structure(0x49, (4500, 42000, 3600))
    assert sent(moment, (4, 4), utc=False) == Structure(0x46, (8100, 42000, 3600))
    assert sent(moment, (4, 4), utc=True) == Structure(0x49, (4500, 42000, 3600))
    assert sent(dt.datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=dt.UTC)) == Structure(0x49, (-1, 500000000, 0))
    assert sent(dt.date(1970, 1, 2)) == Structure(0x44, (1,))
    assert sent(dt.datetime(1970, 1, 1, 0, 1)) == Structure(0x64, (60, 0))  # noqa: DTZ001 - the case of no zone


@given(st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=-7))])), st.booleans())
def test_a_moment_sent_is_the_moment_taken(moment: dt.datetime, utc: bool) -> None:
    assert parameters({"t": sent(moment, utc=utc)}) == {"t": moment}


@given(st.dates())
def test_a_date_sent_is_the_date_taken(date: dt.date) -> None:
    assert parameters({"d": [sent(date)], "m": {"d": sent(date)}}) == {"d": [date], "m": {"d": date}}


def test_a_named_zone_is_understood() -> None:
    moment = dt.datetime(2026, 7, 1, 12, tzinfo=PARIS)
    new = Structure(0x69, (int(moment.timestamp()), 0, "Europe/Paris"))
    old = Structure(0x66, (int(moment.timestamp()) + 7200, 0, "Europe/Paris"))
    assert parameters({"a": new, "b": old}) == {"a": moment, "b": moment}


@pytest.mark.parametrize(
    "structure",
    [
        Structure(0x45, (1, 2, 3, 4)),
        Structure(0x58, (4326, 1.0, 2.0)),
        Structure(0x44, ("x",)),
        Structure(0x44, (10**12,)),
        Structure(0x49, (1,)),
        Structure(0x69, (0, 0, "Nowhere/At_all")),
        Structure(0x69, (0, 0, "../../etc/passwd")),
        Structure(0x4E, (1, [], {})),
    ],
    ids=str,
)
def test_other_structures_are_refused_by_name(structure: Structure) -> None:
    with pytest.raises(UsageError, match="The parameter 'p' is a "):
        parameters({"p": structure})
