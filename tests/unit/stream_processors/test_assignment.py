"""Partitions are shared evenly, a customer's topics together, and only what must moves."""

import itertools
from types import SimpleNamespace
from typing import Any

import faust
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.settings import Settings
from stream_processors.assignment import STANDBYS, EvenAssignor, shares
from stream_processors.processor import make_app

TOPICS = {"c360.customers", "c360.interactions", "c360.transactions"}


@settings(max_examples=200)
@given(st.integers(1, 5), st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=4))
def test_every_partition_once_evenly_and_as_few_as_can_be_move(count: int, claims: list[set[int]]) -> None:
    held = dict(zip("abcd", claims, strict=False))
    given_out = shares(held, count)
    assert sorted(itertools.chain(*given_out.values())) == list(range(count))
    sizes = [len(share) for share in given_out.values()]
    assert max(sizes) - min(sizes) <= 1
    stayed = sum(len(held[member] & set(share)) for member, share in given_out.items())
    assert stayed == max(
        sum(number in held[member] for number, member in enumerate(way))
        for way in itertools.product(held, repeat=count)
        if max(map(way.count, held)) - min(map(way.count, held)) <= 1
    ) or any(one & other for one, other in itertools.combinations(claims, 2))


class Group:
    """Members as Kafka's coordinator sees them; the first one assigns."""

    def __init__(self, partitions: int) -> None:
        self._app = faust.App("group", store="memory://", web_enabled=False)
        self._cluster = SimpleNamespace(partitions_for_topic=lambda _: set(range(partitions)))
        self.members: dict[str, EvenAssignor] = {}

    def join(self, *names: str) -> None:
        self.members |= {name: EvenAssignor(self._app, replicas=STANDBYS) for name in names}

    def rebalance(self) -> dict[str, set[int]]:
        metadata: dict[str, Any] = {name: member.metadata(TOPICS) for name, member in self.members.items()}
        out = {}
        for name, assignment in next(iter(self.members.values())).assign(self._cluster, metadata).items():
            self.members[name].on_assignment(assignment)
            topics = {topic: set(numbers) for topic, numbers in assignment.assignment}
            assert set(topics) == TOPICS
            (out[name],) = {frozenset(numbers) for numbers in topics.values()}
        return {name: set(numbers) for name, numbers in out.items()}


def test_a_third_worker_takes_one_partition_and_a_fourth_another() -> None:
    group = Group(4)
    group.join("a", "b")
    two = group.rebalance()
    assert sorted(map(len, two.values())) == [2, 2]
    group.join("c")
    three = group.rebalance()
    assert sorted(map(len, three.values())) == [1, 1, 2]
    assert sum(len(two[name] - three[name]) for name in two) == 1
    group.join("d")
    four = group.rebalance()
    assert list(map(len, four.values())) == [1, 1, 1, 1]
    assert sum(len(three[name] - four[name]) for name in three) == 1


def test_what_a_dead_worker_held_is_all_that_moves() -> None:
    group = Group(12)
    group.join("a", "b", "c")
    before = group.rebalance()
    del group.members["b"]
    after = group.rebalance()
    assert all(before[name] <= after[name] for name in after)
    assert list(map(len, after.values())) == [6, 6]


def test_more_workers_than_partitions_are_idle() -> None:
    group = Group(2)
    group.join("a", "b", "c")
    assert sorted(map(len, group.rebalance().values())) == [0, 1, 1]


def test_the_app_asks_this_assignor() -> None:
    """Faust's driver takes aiokafka's round robin where there are no standbys, whatever assignor is set."""
    app = make_app(Settings())
    assert isinstance(app.assignor, EvenAssignor)
    assert app.conf.table_standby_replicas == STANDBYS > 0
