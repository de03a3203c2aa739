"""Source numbers: the first claim in the log holds, whoever reads it and however many claim at once."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.sources import NO_NUMBER, Claims, settle
from schemas.errors import C360Error
from schemas.ids import MAX_SOURCE


class Log:
    """A log of claims, with others who claim between our read and our write."""

    def __init__(self, others: list[list[tuple[str, int]]] | None = None) -> None:
        self.claims: list[tuple[str, int]] = []
        self.others = others or []

    def read(self) -> Claims:
        claims = Claims()
        for name, number in self.claims:
            claims.add(name, number)
        if self.others:
            self.claims += self.others.pop(0)
        return claims

    def write(self, name: str, number: int) -> None:
        self.claims.append((name, number))


def test_a_name_keeps_its_number() -> None:
    log = Log()
    assert settle("a", log.read, log.write) == 1
    assert settle("b", log.read, log.write) == 2
    assert settle("a", log.read, log.write) == 1
    assert log.claims == [("a", 1), ("b", 2)]


def test_who_comes_second_takes_another() -> None:
    log = Log(others=[[("other", 1)], [("third", 2)]])
    assert settle("a", log.read, log.write) == 3
    assert log.read().holder == {1: "other", 2: "third", 3: "a"}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 5)), max_size=30))
def test_no_two_names_hold_a_number(claims: list[tuple[str, int]]) -> None:
    log = Log()
    log.claims = claims
    numbers = log.read().number
    assert len(set(numbers.values())) == len(numbers)
    assert NO_NUMBER not in numbers.values()


def test_a_world_needs_no_number() -> None:
    claims = Claims()
    claims.add("world:a", NO_NUMBER)
    claims.add("world:b", NO_NUMBER)
    assert claims.names == {"world:a", "world:b"}
    assert not claims.holder


def test_all_numbers_taken() -> None:
    log = Log()
    log.claims = list(zip(map(str, itertools.count()), range(1, MAX_SOURCE + 1), strict=False))
    with pytest.raises(C360Error, match="8,191 source numbers"):
        settle("one more", log.read, log.write)
    assert settle("7", log.read, log.write) == 8
