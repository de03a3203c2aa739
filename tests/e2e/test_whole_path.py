"""Simulator to answers, with every part killed on the way: each acknowledged event is counted once everywhere."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from ops.demo.account import Acknowledged
from queries.runner import Runner
from schemas.clients import reader_client
from tests.e2e.conftest import Stack, whole_stack
from tests.e2e.ordeal import balanced, ordeal

WORLD = ("--customers", "2000", "--products", "300", "--seed", "11")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One of its own: it counts all that a stack holds."""
    with whole_stack(tmp_path_factory.mktemp("whole")) as stack:
        yield stack


@pytest.fixture(scope="module")
def acknowledged(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Acknowledged:
    """Thirteen months of history, then a live stream during which every part is killed once."""
    return ordeal(stack, tmp_path_factory.mktemp("acked"), WORLD, history="60k", rate="3000/s")


def test_every_acknowledged_event_is_counted_once_by_every_way(stack: Stack, acknowledged: Acknowledged) -> None:
    balanced(stack, acknowledged)


@pytest.mark.parametrize("number", range(1, 16))
def test_every_report_has_rows(stack: Stack, acknowledged: Acknowledged, number: int) -> None:
    assert acknowledged
    assert Runner(stack.settings).sql(str(number), {}).rows


@pytest.mark.parametrize("number", [1, 4, 5])
def test_every_graph_question_has_rows(stack: Stack, acknowledged: Acknowledged, number: int) -> None:
    assert acknowledged
    assert Runner(stack.settings).cypher(str(number), {}).rows


def test_alerts_are_raised_once_an_episode_and_recovered(stack: Stack, acknowledged: Acknowledged) -> None:
    assert acknowledged
    history = "SELECT customer_id, kind FROM churn_alerts ORDER BY customer_id, as_of"
    episodes = defaultdict(list)
    for customer, kind in reader_client(stack.settings).query(history).result_rows:
        episodes[customer].append(kind)
    assert any("recovered" in kinds for kinds in episodes.values())
    for kinds in episodes.values():
        assert kinds == [("raised", "recovered")[place % 2] for place in range(len(kinds))]
