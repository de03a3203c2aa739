"""The runner fills in defaults, checks parameters, and says when the node it starts from is not there."""

import datetime as dt

import pytest

from queries.catalogue import Query, catalogue
from queries.database import Table, one_line
from queries.runner import Runner
from schemas.errors import AbsentError, QueryError, UsageError
from schemas.settings import Settings
from tests.unit.queries.fake import FakeDatabase

MOMENT = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
NOTHING = Table(("x",), [])


def test_a_default_is_found_in_the_data() -> None:
    database = FakeDatabase([Table(("t",), [(MOMENT,)]), Table(("month",), [(MOMENT.date(),)])])
    result = Runner(Settings(), database).sql("monthly_revenue", {"months": "3"})
    assert result.rows == [(MOMENT.date(),)]
    sql, parameters, settings = database.asked[1]
    assert parameters == {"as_of": "2026-01-31 00:00:00.000", "months": "3"}
    assert settings["final"] == 1
    assert settings["log_comment"] == "c360:sql:monthly_revenue"
    assert "{months:UInt16}" in sql


def test_a_report_without_rows_has_its_columns() -> None:
    result = Runner(Settings(), FakeDatabase([Table((), [])])).sql("monthly_revenue", {"as_of": "2026-01-01"})
    assert result.columns[:2] == ("month", "purchases")
    assert result.rows == []


def test_a_given_value_asks_nothing_first() -> None:
    database = FakeDatabase()
    Runner(Settings(), database).sql("1", {"as_of": "2026-01-01"})
    assert [parameters for _, parameters, _ in database.asked] == [{"as_of": "2026-01-01 00:00:00.000"}]


def test_no_data_to_choose_a_default_from() -> None:
    with pytest.raises(QueryError, match="no data to choose 'customer_id' from"):
        Runner(Settings(), FakeDatabase([NOTHING])).cypher("4")


def test_the_customer_is_not_there() -> None:
    database = FakeDatabase([NOTHING, Table(("n",), [(0,)])])
    with pytest.raises(QueryError, match="no Customer with customer_id 999999999"):
        Runner(Settings(), database).cypher("4", {"customer_id": "999999999"})


def test_a_customer_is_erased_whose_purchases_stay() -> None:
    """One statement says both."""
    database = FakeDatabase(
        [Table(("product_id", "name", "category", "price", "peers", "start_0"), [(7, "", "", 1, 3, 0)])]
    )
    with pytest.raises(AbsentError, match="no Customer with customer_id 42"):
        Runner(Settings(), database).cypher("4", {"customer_id": 42})
    ((_, parameters, _),) = database.asked
    assert parameters == {"customer_id": "42", "limit": "10"}


def test_the_customer_is_there_and_has_rows() -> None:
    columns = ("product_id", "name", "category", "price", "peers")
    database = FakeDatabase([Table((*columns, "start_0"), [(7, "Lamp", "Home", 1, 3, 1)])])
    result = Runner(Settings(), database).cypher("4", {"customer_id": 42})
    assert (result.columns, result.rows) == (columns, [(7, "Lamp", "Home", 1, 3)])
    assert len(database.asked) == 1


def test_the_customer_is_there_and_has_no_rows() -> None:
    database = FakeDatabase([NOTHING, Table(("n",), [(1,)])])
    assert Runner(Settings(), database).cypher("4", {"customer_id": 1}).rows == []


def test_an_unknown_parameter_of_a_text() -> None:
    with pytest.raises(UsageError, match=r"no parameter 'b'. It has: a"):
        Runner(Settings(), FakeDatabase()).cypher_text(
            "MATCH (c:Customer {customer_id: $a}) RETURN c.name", {"a": 1, "b": 2}
        )


def test_a_missing_parameter_of_a_text() -> None:
    with pytest.raises(UsageError, match="needs the parameter 'a'"):
        Runner(Settings(), FakeDatabase()).cypher("MATCH (c:Customer {customer_id: $a}) RETURN c.name")


def test_explain_shows_plan_statement_and_indexes() -> None:
    database = FakeDatabase([Table(("explain",), [("ReadFromMergeTree",)])])
    text = Runner(Settings(), database).explain("cypher", "4", {"customer_id": 1})
    assert "from product_buyers by product_id, as a set" in text
    assert "SELECT" in text
    assert text.endswith("ReadFromMergeTree")
    assert database.asked[0][0].startswith("EXPLAIN indexes = 1 SELECT")


def test_a_constant_in_the_plan_does_not_fill_the_screen() -> None:
    binary = (b"Output: groupBitmap, '" + b"\xff" * 1_000).hex()
    database = FakeDatabase([Table(("explain",), [("Keys: " + "x" * 1_000,), (binary,), ("Aggregating",)])])
    *_, long, constant, last = Runner(Settings(), database).explain("cypher", "4", {"customer_id": 1}).splitlines()
    assert long.endswith("xxx ...")
    assert constant.startswith("Output: groupBitmap, '\N{REPLACEMENT CHARACTER}")
    assert constant.endswith(" ...")
    assert max(len(long), len(constant)) < 600
    assert last == "Aggregating"


@pytest.mark.parametrize("query", catalogue("cypher"), ids=lambda query: query.name)
def test_every_graph_question_can_be_explained(query: Query) -> None:
    database = FakeDatabase([Table(("explain",), [("ReadFromMergeTree",)])])
    given = {item.name: "[]" if item.type.startswith("List") else "1" for item in query.parameters}
    assert "SELECT" in Runner(Settings(), database).explain("cypher", query.name, given)


def test_an_error_is_one_line_in_the_databases_own_words() -> None:
    long = (
        "HTTPDriver said Code: 60. DB::Exception: Unknown table x.\n (UNKNOWN_TABLE) (version 26.9) (for url http://u)"
    )
    assert one_line(long) == "Code: 60. DB::Exception: Unknown table x. (UNKNOWN_TABLE)"
