"""Patterns before and after a key is known."""

from queries.graph.pattern import Known, Within
from queries.graph.rules.conjunctions import split
from queries.graph.rules.constants import propagate
from queries.graph.syntax import Binary, Constant, Id, Parameter, Unary
from tests.unit.queries.graph.support import INTEGERS, pattern, prepared


def test_a_key_that_is_given_is_known_and_stands_for_the_node() -> None:
    before = "(c:Customer {customer_id: $id})-[:PURCHASED]->(p)<-[:PURCHASED]-(peer) WHERE peer <> c"
    after = prepared(before)
    assert after.filters == (Known("c", Parameter("id")), Binary("<>", Id("peer"), Parameter("id")))


def test_a_pattern_that_must_not_be_is_tied_to_the_constant_instead_of_the_node() -> None:
    after = prepared("(c:Customer {customer_id: 7})-[:PURCHASED]->(p), (q:Product) WHERE NOT (c)-[:PURCHASED]->(q)")
    absent = after.filters[1]
    assert isinstance(absent, Unary)
    assert isinstance(absent.operand, Within)
    assert absent.operand.nodes == ("q",)
    assert absent.operand.pattern.filters == (Known("c", Constant(7)),)


def test_a_second_value_stays_a_condition() -> None:
    after = prepared("(c:Customer {customer_id: $id}) WHERE c.customer_id = $other")
    assert after.filters == (Known("c", Parameter("id")), Binary("=", Parameter("id"), Parameter("other")))


def test_a_value_of_another_kind_is_no_key() -> None:
    before = split(pattern("(c:Customer {customer_id: 'x'})"))
    assert propagate(before, INTEGERS) == before
