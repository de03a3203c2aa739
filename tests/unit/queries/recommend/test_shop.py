"""Purchases become a set of pairs, whatever comes twice and in which order."""

import numpy as np

from queries.recommend.shop import DAY, codes, places, purchases

CUSTOMERS, PRODUCTS = np.array([3, 5, 9]), np.array([10, 20, 30])


def bought(*rows: tuple[int, int, int]) -> tuple[list[list[float]], list[int]]:
    customer, product, ts = np.array(rows).T
    matrix, last = purchases(CUSTOMERS, PRODUCTS, customer, product, ts)
    return matrix.toarray().tolist(), last.tolist()


def test_a_repeat_counts_once_and_who_or_what_is_not_there_not_at_all() -> None:
    found, last = bought((3, 20, 0), (3, 20, 0), (4, 20, 0), (9, 40, 0), (9, 30, 0))
    assert found == [[0, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert last == [1, -1, 2]


def test_the_last_purchase_whatever_the_order_of_arrival() -> None:
    assert bought((3, 10, 9 * DAY), (3, 20, 5 * DAY), (3, 30, DAY))[1] == [0, -1, -1]


def test_who_bought_another_product_within_the_day_before_has_no_last_one() -> None:
    assert bought((3, 10, 9 * DAY), (3, 20, 8 * DAY + 1))[1] == [-1, -1, -1]
    assert bought((3, 10, 9 * DAY), (3, 20, 8 * DAY))[1] == [0, -1, -1]


def test_the_same_product_again_is_no_other_one() -> None:
    assert bought((3, 10, 9 * DAY), (3, 10, 9 * DAY - 1))[1] == [0, -1, -1]


def test_no_purchases_at_all() -> None:
    none = np.zeros(0, np.int64)
    matrix, last = purchases(CUSTOMERS, PRODUCTS, none, none, none)
    assert matrix.nnz == 0
    assert last.tolist() == [-1, -1, -1]


def test_places_and_codes() -> None:
    at, there = places(PRODUCTS, np.array([30, 25, 99, 10]))
    assert there.tolist() == [True, False, False, True]
    assert at[there].tolist() == [2, 0]
    assert places(np.zeros(0, np.int64), np.array([1]))[1].tolist() == [False]
    code, names = codes(np.array(["b", "a", "b"]))
    assert [names[each] for each in code] == ["b", "a", "b"]
