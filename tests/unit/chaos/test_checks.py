"""What is counted at the end of a run sees what is wrong."""

from collections import Counter

import pytest

from queries.catalogue import catalogue
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS
from tests.chaos.alerts import Alerts, differing
from tests.chaos.checks import MAY_BE_EMPTY, differs
from tests.chaos.poison import Poison, apart, readers

BOTH = ("sinks", "stream_processors")
ONE, OTHER = (Poison(("c360.transactions", partition, 7), b"1", b"\1\2", BOTH) for partition in (0, 1))


@pytest.mark.parametrize(
    ("letters", "poison", "wrong"),
    [
        ([ONE, OTHER], [OTHER, ONE], 0),
        ([ONE], [ONE, OTHER], 1),
        ([ONE, OTHER], [ONE], 1),
        ([ONE, ONE], [ONE], 1),
        ([ONE], [OTHER], 2),
        ([ONE._replace(value=b"\1")], [ONE], 2),
        ([ONE._replace(key=None)], [ONE], 2),
        ([ONE._replace(readers=("sinks",))], [ONE], 2),
    ],
)
def test_letters_are_the_poison_record_by_record(letters: list[Poison], poison: list[Poison], wrong: int) -> None:
    assert apart(Counter(letters), Counter(poison)) == wrong


def test_products_are_refused_by_tables_alone() -> None:
    assert readers(TRANSACTIONS) == readers(INTERACTIONS) == readers(CUSTOMERS) == BOTH
    assert readers(PRODUCTS) == ("sinks",)


@pytest.mark.parametrize(("rolled", "plain"), [([], [(1,)]), ([(1,)], []), ([(1,)], [(2,)])])
def test_a_report_that_says_other_things_by_its_rollups(rolled: list[tuple[int]], plain: list[tuple[int]]) -> None:
    assert differs("monthly_revenue", rolled, plain)
    assert not differs("monthly_revenue", rolled or plain, rolled or plain)


def test_two_empty_answers_are_no_comparison_unless_a_report_may_be_empty() -> None:
    assert {query.name for query in catalogue("sql")} > MAY_BE_EMPTY
    assert not differs("churn_risk", [], [])
    with pytest.raises(RuntimeError, match="report monthly_revenue has no rows"):
        differs("monthly_revenue", [], [])


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ({"a": {(1,)}}, {"a": {(1,)}}, []),
        ({"a": {(1,)}}, {}, ["a"]),
        ({}, {"a": {(1,)}}, ["a"]),
        ({"a": {(1,)}, "b": {(2,)}}, {"a": {(3,)}, "c": {(2,)}}, ["a", "b", "c"]),
        ({"a": {(1,), (2,)}}, {"a": {(1,), (2,)}}, ["a"]),
        ({"a": {("VIP", 0.6)}}, {"a": {("VIP", 0.6 + 1e-12)}}, []),
        ({"a": {("VIP", 0.6)}}, {"a": {("VIP", 0.6 + 1e-6)}}, ["a"]),
        ({"a": {("VIP", 0.6)}}, {"a": {("New", 0.6)}}, ["a"]),
    ],
)
def test_alerts_are_the_same_ids_that_say_the_same(first: Alerts, second: Alerts, found: list[str]) -> None:
    assert differing(first, second) == found
