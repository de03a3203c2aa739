"""Pictures: a gauge, lines, a neighbourhood."""

import re

from queries.api.models import Customer
from queries.console.drawings import gauge, line
from queries.console.neighbourhood import drawn
from queries.database import Table

SIMILAR = ("customer_id", "name", "segment", "shared")
SHARED = ("product_id", "product", "category", "customer_id")
NOBODY = Customer(customer_id=1, profile=None, features=None, churn=None, activity=[])


def test_a_gauge_is_filled_as_far_as_the_score() -> None:
    half = gauge(0.5, "medium", "half")
    assert "100.00 16.00" in half  # the top of the arc
    assert "50 %" in half
    assert 'class="filled"' not in gauge(0.0, "low", "nothing")
    assert "180.00 96.00" in gauge(7.0, "high", "beyond")


def test_a_line_of_nothing_lies_flat_and_says_what_it_is() -> None:
    flat = line([0.0, 0.0, 0.0], 'nothing <for> "long"')
    assert {y for _, y in re.findall(r"([\d.]+),([\d.]+)", flat)} == {"46.0"}
    assert "&lt;for&gt;" in flat
    assert "<polyline" in line([], "nobody")


def test_a_neighbourhood_joins_me_products_and_who_bought_them() -> None:
    similar = Table(SIMILAR, [(2, "Ada", "VIP", 2), (3, "Bob", "New", 1), (4, "<i>", "New", 1)])
    shared = Table(SHARED, [(7, "Book", "Books", 2), (8, None, None, 2), (7, "Book", "Books", 3)])
    picture = drawn(NOBODY, similar, shared)
    # Me, two products, and the two who share one that is drawn.
    assert picture.count("<circle") == 5
    assert picture.count("<line") == 2 + 3
    assert "Product 8" in picture
    assert "Customer 1 and 2 customers who bought the same: Ada, Bob" in picture
    assert "<i>" not in picture
    assert 'href="/customers/3"' in picture
