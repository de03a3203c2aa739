"""Patterns before and after what only restricts is hung up as sets."""

from queries.graph.pattern import Within
from queries.graph.rules.frontiers import prune
from queries.graph.rules.reduction import frontier
from queries.graph.rules.uniqueness import discharge
from tests.unit.queries.graph.support import LIKE_YOU, prepared

SAFE = f"{LIKE_YOU} WHERE peer <> c AND NOT (c)-[:PURCHASED]->(other)"


def test_only_the_last_hop_is_left_of_the_walk_to_what_peers_bought() -> None:
    after = prune(discharge(prepared(SAFE)), {"peer", "other"})
    assert [(edge.source, edge.target) for edge in after.edges] == [("peer", "other")]
    (within,) = (part for part in after.filters if isinstance(part, Within))
    assert within.nodes == ("peer",)
    assert set(within.pattern.nodes) == {"p", "peer"}


def test_the_set_is_pruned_again_where_it_is_read() -> None:
    after = prune(discharge(prepared(SAFE)), {"peer", "other"})
    (within,) = (part for part in after.filters if isinstance(part, Within))
    inner = prune(within.pattern, within.nodes)
    assert [(edge.source, edge.target) for edge in inner.edges] == [("peer", "p")]


def test_nothing_goes_where_relationships_need_telling_apart() -> None:
    before = discharge(prepared(LIKE_YOU))
    assert prune(before, {"peer", "other"}) == before


def test_nothing_goes_that_a_condition_ties_to_what_stays() -> None:
    before = discharge(prepared("(c:Customer)-[r:PURCHASED]->(p)<-[s:INTERACTED]-(d) WHERE r.ts > s.ts"))
    assert prune(before, {"c"}) == before


def test_a_ring_stays_whole() -> None:
    before = discharge(prepared("(c:Customer)-[:PURCHASED]->(p)<-[:INTERACTED]-(c)"))
    assert prune(before, {"c"}) == before


def test_the_last_relationship_of_a_needed_node_stays() -> None:
    after = prune(discharge(prepared("(c:Customer)-[:PURCHASED]->(p)-[:BELONGS_TO]->(k)")), {"c"})
    assert [edge.type.name for edge in after.edges] == ["PURCHASED"]


def test_a_join_reads_what_the_first_part_reaches() -> None:
    whole = prepared("(c:Customer {customer_id: $id})-[e1:PURCHASED]->(p)<-[e2:PURCHASED]-(peer)")
    edge = whole.edge("e2")
    assert edge is not None
    reducer = frontier(whole, "p", edge)
    assert reducer is not None
    assert reducer.nodes == ("p",)
    assert [item.name for item in reducer.pattern.edges] == ["e1"]
    assert frontier(prepared("(c)-[e1:PURCHASED]->(p)<-[e2:PURCHASED]-(peer)"), "p", edge) is None
