"""What a user writes becomes a value of its type, or one clear error."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries import values
from schemas.errors import UsageError

MOMENT = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("type_name", "written", "value"),
    [
        ("UInt32", "42", 42),
        ("Int64", -3, -3),
        ("String", "it's", "it's"),
        ("String", "''", ""),
        ("Decimal(12, 2)", "3.10", Decimal("3.10")),
        ("Float64", "1e3", 1000.0),
        ("Bool", "false", False),
        ("Date32", "2026-01-31", MOMENT.date()),
        ("DateTime64(3, 'UTC')", "2026-01-31T12:00:00Z", MOMENT),
        ("DateTime64(3, 'UTC')", "2026-01-31 13:00:00+01:00", MOMENT),
        ("DateTime64(3, 'UTC')", "2026-01-31 12:00", MOMENT),
        ("Array(String)", "VIP, Premium", ["VIP", "Premium"]),
        ("Array(String)", "['VIP', 'Premium']", ["VIP", "Premium"]),
        ("Array(Int64)", "[1, 2]", [1, 2]),
        ("Array(String)", "", []),
    ],
)
def test_read(type_name: str, written: object, value: object) -> None:
    assert values.read("p", type_name, written) == value


@pytest.mark.parametrize(
    ("type_name", "written"),
    [
        ("UInt32", "-1"),
        ("UInt32", str(2**32)),
        ("UInt32", "1.5"),
        ("UInt32", "ten"),
        ("UInt32", True),
        ("Int64", None),
        ("String", 3),
        ("Bool", "maybe"),
        ("Date32", "yesterday"),
        ("DateTime64(3, 'UTC')", "noon"),
        ("DateTime64(3, 'UTC')", "0001-01-01T00:00:00+23:00"),
        ("Decimal(12, 2)", "x"),
        ("Array(String)", "['open"),
        ("String", "\udcff"),
        ("Array(String)", '["a", "\\ud800"]'),
        ("Array(Int64)", "1,x"),
    ],
)
def test_what_is_no_value_is_named(type_name: str, written: object) -> None:
    with pytest.raises(UsageError, match=r"'limit' is .*that is no "):
        values.read("limit", type_name, written)


@pytest.mark.parametrize("written", ['["O\'Brien", "x"]', "O'Brien,x"])
def test_an_item_of_a_list_may_have_an_apostrophe(written: str) -> None:
    assert values.read("names", "Array(String)", written) == ["O'Brien", "x"]


def test_text_is_what_a_query_parameter_holds() -> None:
    assert values.text("a\tb\\") == "a\\tb\\\\"
    assert values.text(["it's", 'q"']) == "['it\\'s', 'q\"']"
    assert values.text(MOMENT) == "2026-01-31 12:00:00.000"
    elsewhere = MOMENT.astimezone(dt.timezone(dt.timedelta(hours=-5)))
    assert values.text(elsewhere) == values.text(MOMENT)
    assert values.text([elsewhere]) == "['2026-01-31 12:00:00.000']"
    assert values.text(True) == "true"


@given(st.text())
def test_text_of_a_string_holds_no_raw_separator(value: str) -> None:
    assert not set(values.text(value)) & {"\t", "\n", "\r", "\0"}


@pytest.mark.parametrize("value", ["' \udce6OR", ["a", "\ud800"]])
def test_what_is_no_unicode_is_refused_before_it_is_sent(value: object) -> None:
    with pytest.raises(UsageError, match=r"no text in Unicode: it has half a character"):
        values.text(value)
