"""Questions that come at once are asked together, each is answered, and what fails fails for who asked."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from queries.recommend.gathering import Gathering
from tests.support.waiting import wait_for


def test_those_who_wait_are_asked_for_together() -> None:
    calls: list[list[int]] = []
    first, go = threading.Event(), threading.Event()

    def ask(keys: list[int]) -> dict[int, int]:
        calls.append(sorted(keys))
        if len(calls) == 1:
            first.set()
            assert go.wait(30)
        return {key: key * key for key in keys}

    gathering = Gathering(ask, abreast=1)
    with ThreadPoolExecutor(8) as pool:
        alone = pool.submit(gathering.ask, 1)
        assert first.wait(30)
        others = [pool.submit(gathering.ask, key) for key in (2, 3, 3, 4)]
        wait_for(lambda: len(gathering._waiting) == 3, "the others wait", 30)
        go.set()
        assert alone.result() == 1
        assert [other.result() for other in others] == [4, 9, 9, 16]
    assert calls == [[1], [2, 3, 4]]


def test_no_more_at_once_than_allowed_and_all_are_answered() -> None:
    sizes: list[int] = []

    def ask(keys: list[int]) -> dict[int, str]:
        sizes.append(len(keys))
        return {key: str(key) for key in keys}

    gathering = Gathering(ask, most=3)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(gathering.ask, range(200))) == [str(key) for key in range(200)]
    assert max(sizes) <= 3


def test_a_failure_reaches_who_asked_and_the_next_question_is_asked_anew() -> None:
    fails = [True]

    def ask(keys: list[int]) -> dict[int, int]:
        if fails.pop() if fails else False:
            raise ValueError("not now")
        return dict.fromkeys(keys, 7)

    gathering = Gathering(ask)
    with pytest.raises(ValueError, match="not now"):
        gathering.ask(1)
    assert gathering.ask(1) == 7


def test_who_is_answered_does_not_wait_for_the_next_question() -> None:
    """Each once waited until the one who asked after them was answered, too."""
    go = {1: threading.Event(), 2: threading.Event()}
    asked = {1: threading.Event(), 2: threading.Event()}

    def ask(keys: list[int]) -> dict[int, int]:
        for key in keys:
            if key in go:
                asked[key].set()
                assert go[key].wait(30)
        return {key: key for key in keys}

    gathering = Gathering(ask, abreast=1)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(gathering.ask, 1)
        assert asked[1].wait(30)
        same = [pool.submit(gathering.ask, 3) for _ in range(3)]
        wait_for(lambda: 3 in gathering._waiting, "others wait", 30)
        go[1].set()
        assert [each.result(30) for each in same] == [3, 3, 3]
        slow = pool.submit(gathering.ask, 2)
        assert asked[2].wait(30)
        assert first.result(30) == 1
        go[2].set()
        assert slow.result(30) == 2


def test_two_ask_abreast() -> None:
    both = threading.Barrier(2, timeout=30)

    def ask(keys: list[int]) -> dict[int, int]:
        both.wait()
        return dict.fromkeys(keys, 1)

    gathering = Gathering(ask, most=1, patience=0)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(gathering.ask, (1, 2))) == [1, 1]


@pytest.mark.parametrize(("patience", "beside"), [(0.001, True), (3600.0, False)])
def test_another_begins_beside_one_that_takes_long_and_not_beside_one_that_may_be_quick(
    patience: float, beside: bool
) -> None:
    go, asked = threading.Event(), {1: threading.Event(), 2: threading.Event()}

    def ask(keys: list[int]) -> dict[int, int]:
        for key in keys:
            asked[key].set()
        assert go.wait(30)
        return {key: key for key in keys}

    gathering = Gathering(ask, patience=patience)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(gathering.ask, 1)
        assert asked[1].wait(30)
        two = pool.submit(gathering.ask, 2)
        if beside:
            assert asked[2].wait(30)
        else:
            wait_for(lambda: 2 in gathering._waiting, "the second has come", 30)
        assert asked[2].is_set() == beside
        go.set()
        assert (one.result(30), two.result(30)) == (1, 2)
