"""What is known is looked at beside the answers, and again by whoever asks once it is too old."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest

from queries.recommend.known import BELIEVED, OLDEST, SHELF, Knowledge, NothingYetError
from schemas.errors import UnreachableError
from tests.support.waiting import wait_for

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


class Shop:
    """In ClickHouse's place: products by id with their versions, and one build."""

    def __init__(self) -> None:
        self.versions = {1: 1, 2: 1, SHELF + 1: 1}
        self.build = 7
        self.asked: list[tuple[str, Any]] = []
        self.wrong: Exception | None = None
        self.go = threading.Event()
        self.go.set()

    def ask(self, name: str, parameters: dict[str, Any]) -> Any:
        assert self.go.wait(30)
        self.asked.append((name, parameters))
        if self.wrong:
            raise self.wrong
        shelves = {number // SHELF for number in self.versions}
        if name == "current":
            return [(self.build, NOON)] if self.build else []
        if name == "digests":
            return [(s, sum(n * v for n, v in self.versions.items() if n // SHELF == s)) for s in shelves]
        if name == "popular":
            return [("VIP", 1, 3), ("", 2, 9)]
        if name == "gone":
            return [(13,)]
        if name == "listed":
            return [([5, 6] if parameters["build"] == 7 else [6],)]
        assert name == "shelf"
        return [
            (number, f"{number} of version {version}", "Toys", "Acme", "1.50", 1)
            for number, version in self.versions.items()
            if number // SHELF in parameters["shelves"]
        ]

    def count(self, name: str) -> int:
        return sum(each == name for each, _ in self.asked)


class Clock:
    def __init__(self) -> None:
        self.now = NOON.timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def knowledge(shop: Shop, clock: Clock) -> Knowledge:
    return Knowledge(shop.ask, clock)


def test_it_is_believed_for_a_second(shop: Shop, clock: Clock, knowledge: Knowledge) -> None:
    first = knowledge.now()
    clock.now += BELIEVED * 0.9
    assert knowledge.now() is first
    assert shop.count("current") == 1
    assert sorted(first.products) == [1, 2, SHELF + 1]
    assert [choice.product_id for choice in first.popular["VIP"]] == [1]
    assert first.gone == {13}


def test_a_product_is_as_it_is_shown(knowledge: Knowledge) -> None:
    known = knowledge.now()
    assert known.product(1) == ("1 of version 1", "Toys", "Acme", Decimal("1.50"), 1)
    assert known.product(3) is None
    assert (known.sold(1), known.sold(3)) == (True, False)


def test_who_asks_first_waits_for_a_look_that_has_begun_and_does_not_look_again(
    shop: Shop, knowledge: Knowledge
) -> None:
    shop.go.clear()
    knowledge.begin()
    knowledge.begin()  # one looks
    threading.Timer(0.01, shop.go.set).start()
    assert sorted(knowledge.now().products) == [1, 2, SHELF + 1]
    assert shop.count("current") == 1


def test_nobody_waits_for_the_next_look(shop: Shop, clock: Clock, knowledge: Knowledge) -> None:
    first = knowledge.now()
    shop.versions[2] = 2
    shop.go.clear()
    clock.now += BELIEVED
    assert knowledge.now() is first
    assert knowledge.now() is first  # one looks, no second one
    shop.go.set()
    wait_for(lambda: knowledge.now().products[2][0] == "2 of version 2", "the look has ended", 30)
    assert shop.count("current") == 2


def test_who_asks_after_a_pause_looks_first(shop: Shop, clock: Clock, knowledge: Knowledge) -> None:
    knowledge.now()
    shop.versions[2] = 2
    clock.now += OLDEST
    assert knowledge.now().products[2][0] == "2 of version 2"


def test_shelves_that_have_changed_are_asked_for_alone(shop: Shop, clock: Clock, knowledge: Knowledge) -> None:
    knowledge.now()
    shop.versions[SHELF + 1] = 2
    del shop.versions[2]
    shop.versions[3 * SHELF] = 1
    clock.now += OLDEST
    known = knowledge.now()
    assert sorted(known.products) == [1, SHELF + 1, 3 * SHELF]
    assert known.products[SHELF + 1][0].endswith("version 2")
    del shop.versions[3 * SHELF]
    clock.now += OLDEST
    assert sorted(knowledge.now().products) == [1, SHELF + 1]
    assert [each["shelves"] for name, each in shop.asked if name == "shelf"] == [[0, 1], [0, 1, 3], []]
    clock.now += OLDEST
    knowledge.now()
    assert shop.count("shelf") == 3


def test_on_another_day_all_are_asked_for(shop: Shop, clock: Clock, knowledge: Knowledge) -> None:
    knowledge.now()
    clock.now += 86_400
    knowledge.now()
    assert [each["shelves"] for name, each in shop.asked if name == "shelf"] == [[0, 1], [0, 1]]


def test_a_clock_that_was_put_back_is_looked_past(shop: Shop, clock: Clock, knowledge: Knowledge) -> None:
    knowledge.now()
    clock.now -= 3600
    knowledge.now()
    assert shop.count("current") == 2


def test_a_new_build_has_its_own_popular_products(shop: Shop, clock: Clock, knowledge: Knowledge) -> None:
    knowledge.now()
    clock.now += OLDEST
    assert knowledge.now().build == 7
    shop.build = 8
    clock.now += OLDEST
    assert knowledge.now().build == 8
    assert [each["build"] for name, each in shop.asked if name == "popular"] == [7, 8]


def test_what_goes_wrong_beside_the_answers_is_said_once_they_would_be_too_old(
    shop: Shop, clock: Clock, knowledge: Knowledge
) -> None:
    first = knowledge.now()
    shop.wrong = UnreachableError("ClickHouse does not answer")
    clock.now += BELIEVED
    assert knowledge.now() is first
    knowledge.close()
    assert shop.count("current") == 2
    clock.now += OLDEST
    with pytest.raises(UnreachableError, match="does not answer"):
        knowledge.now()
    shop.wrong = None
    assert knowledge.now().build == 7


def test_before_any_refresh_it_says_what_to_do(shop: Shop, knowledge: Knowledge) -> None:
    shop.build = 0
    with pytest.raises(NothingYetError, match=r"python -m queries\.recommend refresh"):
        knowledge.now()


def test_who_has_a_list_is_asked_once_a_build(knowledge: Knowledge, shop: Shop, clock: Clock) -> None:
    assert knowledge.may_list(4), "nothing is known yet"
    assert shop.asked == []
    knowledge.now()
    assert [number for number in range(1, 8) if knowledge.may_list(number)] == [5, 6]
    clock.now += OLDEST
    knowledge.now()
    assert shop.count("listed") == 1
    shop.build = 8
    clock.now += OLDEST
    knowledge.now()
    assert [number for number in range(1, 8) if knowledge.may_list(number)] == [6]


@pytest.mark.parametrize("number", [-1, 0, 1 << 32, 1 << 70])
def test_what_is_no_customer_s_number_is_left_to_clickhouse_to_refuse(knowledge: Knowledge, number: int) -> None:
    knowledge.now()
    assert knowledge.may_list(number)
