"""The peers' forms of the questions, how they are timed and how rows are compared: without a peer."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from neo4j.time import DateTime

from queries.catalogue import Query, catalogue
from tests.bench.peers.asking import RefusedError, Rows, SlowError, form, parameters, statements
from tests.bench.peers.comparison import BUDGETS, PEERS, SHARES, summary
from tests.bench.peers.rows import same
from tests.bench.peers.timing import Timed, timed

NOON = dt.datetime(2025, 5, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("query", catalogue("cypher"), ids=lambda query: query.name)
def test_a_form_takes_the_parameters_of_our_query_and_gives_its_columns(peer: str, query: Query) -> None:
    text = form(peer, query.number)
    declared = {item.name: 0 for item in query.parameters}
    assert parameters(text, declared) == declared
    assert set(re.findall(r"\$(\w+)", text)) == declared.keys()
    returned = text[text.rindex("RETURN") :]
    for column in query.columns:
        assert re.search(rf"\b{column}\b", returned), column


def test_statements_are_told_apart() -> None:
    assert len(statements("kuzu", "schema")) == 8
    assert statements("neo4j", "indexes")[-1] == "CALL db.awaitIndexes(600)"


def test_every_share_has_its_time() -> None:
    assert BUDGETS.keys() == set(SHARES.values())


class Peer:
    """Answers, or does what it is told to instead, one after the other."""

    def __init__(self, *fates: Exception | None) -> None:
        self._fates, self.asked = list(fates), list[Mapping[str, Any]]()

    def __call__(self, _: str, given: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
        self.asked.append(given)
        fate = self._fates.pop(0) if self._fates else None
        if fate is not None:
            raise fate
        return ("x",), [(given["id"],)]


def ask(peer: Peer, budget: float = 1000.0) -> Timed:
    return timed(peer, "RETURN $id", [{"id": 1, "other": 0}, {"id": 2}, {"id": 3}], budget, limit=60.0)


def test_two_runs_warm_up_and_all_ids_are_asked_in_turn() -> None:
    peer = Peer()
    done = ask(peer)
    assert [given["id"] for given in peer.asked] == [1, 2, *([1, 2, 3] * 7)[:20]]
    assert peer.asked[0] == {"id": 1}
    assert (len(done.seconds), done.rows) == (20, [(1,)])
    assert done.figures("kuzu") == {"kuzu_p50_ms": round(1000 * sorted(done.seconds)[10], 1), "kuzu_n": 20}


def test_without_time_left_one_run_counts() -> None:
    peer = Peer()
    assert len(ask(peer, budget=0.0).seconds) == 1
    assert len(peer.asked) == 2


def test_who_does_not_end_in_time_takes_that_long_at_least() -> None:
    assert ask(Peer(SlowError(), SlowError())).figures("kuzu") == {"kuzu_p50_ms": 60000.0, "kuzu_n": 0}
    assert ask(Peer(SlowError())).figures("kuzu")["kuzu_n"] == 20
    assert ask(Peer(None, None, None, SlowError())).seconds[-1] == 60.0
    cold = ask(Peer(None, SlowError())).seconds
    assert len(cold) == 1
    assert cold[0] < 60.0


def test_who_refuses_has_no_time() -> None:
    assert ask(Peer(RefusedError("out of memory"))).figures("neo4j") == {
        "neo4j_p50_ms": None,
        "neo4j_refused": "out of memory",
    }


def test_the_better_peer_counts_and_answers_are_held_against_ours() -> None:
    kuzu = {1: Timed([0.4], [(1,)]), 2: Timed([0.9], [(2,)])}
    neo4j = {1: Timed([0.8], [(1,)]), 2: Timed(refused="no")}
    figures = summary({1: 100.0, 2: 100.0}, {"kuzu": kuzu, "neo4j": neo4j}, {1: [(1,)], 2: [(3,)]})
    assert figures["geomean_ratio"] == 6.0  # of 4 and 9
    assert figures["peers_agree"] == {
        "with": "ours",
        "kuzu": {"compared": 2, "same": 1, "differ": [2]},
        "neo4j": {"compared": 1, "same": 1, "differ": []},
    }
    alone = summary({1: 100.0, 2: 100.0}, {"kuzu": kuzu, "neo4j": neo4j}, None)
    assert alone["peers_agree"] == {"with": "kuzu", "neo4j": {"compared": 1, "same": 1, "differ": []}}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")]),
        ([(Decimal("0.30"),)], [(0.1 + 0.2,)]),
        ([(DateTime.from_native(NOON),)], [(NOON.replace(tzinfo=None),)]),
        ([(None, 1)], [(None, 1.0)]),
    ],
)
def test_the_same_rows(ours: Rows, theirs: Rows) -> None:
    assert same(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([(1,)], []),
        ([(1,), (1,)], [(1,), (2,)]),
        ([(1.0,)], [(1.00001,)]),
        ([(NOON,)], [(NOON + dt.timedelta(milliseconds=1),)]),
        ([("a", None)], [("a", 0)]),
    ],
)
def test_other_rows(ours: Rows, theirs: Rows) -> None:
    assert not same(ours, theirs)
