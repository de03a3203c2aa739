"""Which conditions a table of those that have rows may decide."""

import pytest

from queries.graph.rules.strictness import rejects_null
from queries.graph.syntax import Match
from tests.unit.queries.graph.support import query


@pytest.mark.parametrize(
    ("text", "rejects"),
    [
        ("n.x = 1", True),
        ("NOT n.x = 1", True),
        ("n.x IS NOT NULL", True),
        ("toUpper(n.x) STARTS WITH 'A'", True),
        ("n.x + 1 > 2 AND n.y IS NULL", True),
        ("n.x IN [1, null]", True),
        ("n.x IN $l", True),
        ("NOT n.x IN [1]", True),
        ("(n.x IN ['a']) IS NOT NULL", True),
        ("n.x IS NULL", False),
        # Of an empty list it is not null but false.
        ("NOT n.x IN []", False),
        ("NOT n.x IN $l", False),
        ("NOT n.x IN [y IN [1] WHERE y > n.z]", False),
        ("(n.x IN []) = false", False),
        ("(n.x IN []) IS NOT NULL", False),
        ("n.x = 1 OR n.y IS NULL", False),
        ("1 IN [n.x]", False),
        ("coalesce(n.x, 1) = 1", False),
        ("size(range(1, n.x)) = 0", False),
        ("NOT (n.x IS NOT NULL)", False),
        ("CASE WHEN n.x = 1 THEN false ELSE true END", False),
    ],
)
def test_a_condition_holds_of_nothing_or_may_hold(text: str, rejects: bool) -> None:
    match = query(f"MATCH (n) WHERE {text} RETURN 1 AS one").clauses[0]
    assert isinstance(match, Match)
    assert rejects_null(match.where) is rejects
