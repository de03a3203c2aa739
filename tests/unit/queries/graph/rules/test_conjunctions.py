"""Conditions before and after they are taken apart."""

import pytest

from queries.graph.rules.conjunctions import split
from queries.graph.syntax import Constant
from tests.unit.queries.graph.support import pattern


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("p.price > 1 AND p.name = 'x'", ["p.price > 1", "p.name = 'x'"]),
        ("NOT (p.price > 1 OR p.name = 'x')", ["NOT p.price > 1", "NOT p.name = 'x'"]),
        ("NOT NOT p.price > 1", ["p.price > 1"]),
        ("p.price > 1 OR p.name = 'x'", ["p.price > 1 OR p.name = 'x'"]),
        ("NOT (p.price > 1 AND p.name = 'x')", ["NOT (p.price > 1 AND p.name = 'x')"]),
        ("p.price > 1 AND p.price > 1", ["p.price > 1"]),
    ],
)
def test_split(before: str, after: list[str]) -> None:
    expected = tuple(pattern(f"(p:Product) WHERE {part}").filters[0] for part in after)
    assert split(pattern(f"(p:Product) WHERE {before}")).filters == expected


def test_what_is_always_true_goes() -> None:
    assert split(pattern("(p:Product) WHERE p:Product")).filters == ()
    assert split(pattern("(p:Product) WHERE NOT p:Product")).filters == (Constant(False),)
