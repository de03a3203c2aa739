"""An answer as a table, a chart and a graph; a text with its parameters."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from queries.catalogue import ADHOC, Language, catalogue
from queries.console import results
from queries.console.layout import places
from queries.console.written import Written
from queries.database import Table
from queries.graph.elements import Node, Path, Relationship
from queries.runner import Result


def answer(columns: tuple[str, ...], *rows: tuple[Any, ...], **more: Any) -> Result:
    return Result(columns, list(rows), 12.0, **more)


def customer(number: int, name: str) -> Node:
    return Node(number, f"c{number}", ("Customer",), {"customer_id": number, "name": name})


PRODUCT = Node(100, "p7", ("Product",), {"product_id": 7})
BOUGHT = Relationship(1, "r1", "PURCHASED", 1, "c1", 100, "p7", {"amount": Decimal(3)})


def test_values_in_a_table_are_text_whatever_they_say_and_customers_are_links() -> None:
    drawn = results.as_table(answer(("customer_id", "name"), (5, "<script>alert(1)</script>"), (None, "nobody")))
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert drawn.count('href="/customers/5"') == 1
    assert "None" not in drawn


def test_a_long_answer_is_cut_and_says_so() -> None:
    rows = [(number,) for number in range(results.MOST_ROWS + 1)]
    drawn = results.as_table(answer(("n",), *rows))
    assert drawn.count("<tr>") == 1 + results.MOST_ROWS
    assert '<p class="hint" role="status">The first 1,000 of 1,001 rows.</p>' in drawn


def test_a_chart_is_of_the_first_numbers_that_are_no_ids_by_the_words() -> None:
    day = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
    columns = ("customer_id", "day", "segment", "revenue", "orders")
    drawn = results.as_chart(answer(columns, (1, day, "VIP", Decimal("2.50"), 3), (2, day, "New", Decimal(5), 1)))
    assert "revenue by day, segment" in drawn
    assert "2026-01-31, VIP" in drawn
    assert "2.50" in drawn
    assert "width: 50.0%" in drawn
    assert "width: 100.0%" in drawn


@pytest.mark.parametrize("table", [answer(("name",), ("a",)), answer(("n",), (1,)), answer(("n", "name"))])
def test_what_makes_no_chart_is_told(table: Result) -> None:
    assert "A chart wants" in results.as_chart(table)


def test_a_graph_has_each_node_once_with_what_joins_them() -> None:
    path = Path((customer(1, "Ada"), PRODUCT), (BOUGHT,))
    drawn = results.as_graph(answer(("p", "c", "all"), (path, customer(1, "Ada"), [customer(2, "<b>")])))
    assert drawn.count("<circle") == 3
    assert drawn.count("<line") == 1
    assert 'href="/customers/1"' in drawn
    assert "A graph of 3 nodes and 1 relationships" in drawn
    assert "<b>" not in drawn
    assert "is-product" in drawn


def test_what_makes_no_graph_is_told() -> None:
    assert "RETURN c, r, p" in results.as_graph(answer(("n",), (1,)))


def test_a_summary_says_rows_time_and_what_was_read() -> None:
    assert results.summary(answer(("n",), (1,))) == "1 row, 12 ms"
    told = results.summary(answer(("n",), (1,), (2,), read_rows=1234, source="rollups"))
    assert told == "2 rows, 12 ms, 1,234 rows read, from the rollups"


def test_places_are_within_the_picture_and_the_same_each_time() -> None:
    edges = [(0, 1), (1, 2), (2, 0), (3, 3)]
    found = places(5, edges)
    assert found == places(5, edges)
    assert len(set(found)) == 5
    assert all(0.0 <= x <= 1.0 and 0.0 <= y <= 1.0 for x, y in found)
    assert places(0, []) == []
    assert places(1, []) == [(0.5, 0.5)]


def test_what_is_joined_is_nearer_than_what_is_not() -> None:
    found = places(6, [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)])

    def apart(one: int, other: int) -> float:
        return float(((found[one][0] - found[other][0]) ** 2 + (found[one][1] - found[other][1]) ** 2) ** 0.5)

    joined = max(apart(0, 1), apart(1, 2), apart(3, 4), apart(4, 5))
    assert joined < min(apart(one, other) for one in (0, 1, 2) for other in (3, 4, 5))


@pytest.mark.parametrize("language", ["sql", "cypher"])
def test_the_catalogues_texts_are_known_with_what_their_headers_say(language: Language) -> None:
    for query in catalogue(language):
        written = Written(language, query.text + "\n")
        assert written.name == query.name
        assert list(written.declared()) == [parameter.name for parameter in query.parameters]


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("sql", "SELECT {a:UInt8}, { b : String }, {a:UInt8}", ["a", "b"]),
        ("cypher", "MATCH (n {id: $id}) WHERE n.x = $x RETURN $id", ["id", "x"]),
        ("sql", "SELECT 1", []),
    ],
)
def test_a_text_of_ones_own_has_the_parameters_that_stand_in_it(
    language: Language, text: str, names: list[str]
) -> None:
    written = Written(language, text)
    assert written.name == ADHOC
    assert written.parameters == names
    assert written.declared() == {}


def test_tables_are_equal_whatever_was_read_for_them() -> None:
    assert Table(("n",), [(1,)], read_rows=5) == Table(("n",), [(1,)])
