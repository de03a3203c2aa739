"""Which relationships need telling apart, before and after what is known of them."""

import pytest

from queries.graph.rules.uniqueness import discharge
from tests.unit.queries.graph.support import LIKE_YOU, prepared

PAIR = "(a:Customer)-[e1:PURCHASED]->(p)<-[e2:PURCHASED]-(b)"
LOOP = "(a:Customer)-[e1:PURCHASED]->(p)<-[e2:INTERACTED]-(b)"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (PAIR, 1),
        (f"{PAIR} WHERE a <> b", 0),
        (f"{PAIR} WHERE NOT a = b", 0),
        (f"{PAIR} WHERE a.customer_id <> b.customer_id", 0),
        (f"{PAIR} WHERE a.name <> b.name", 1),
        (f"{PAIR} WHERE a <> b OR a.name = 'x'", 1),
        (f"{PAIR} WHERE a.customer_id = 1 AND b.customer_id = 2", 0),
        (f"{PAIR} WHERE a.customer_id = 1 AND b.customer_id = 1", 1),
        (f"{PAIR} WHERE a.customer_id = $id AND b.customer_id <> $id", 0),
        (LOOP, 0),
        # All three pairs of the walk to what peers bought: c is no peer, and c has not bought it.
        (LIKE_YOU, 3),
        (f"{LIKE_YOU} WHERE peer <> c", 1),
        (f"{LIKE_YOU} WHERE NOT (c)-[:PURCHASED]->(other)", 0),
        (f"{LIKE_YOU} WHERE peer <> c AND NOT (c)-[:PURCHASED]->(other)", 0),
        (f"{LIKE_YOU} WHERE NOT (c)-[:INTERACTED]->(other)", 3),
        (f"{LIKE_YOU} WHERE NOT (c)-[:PURCHASED {{status: 'completed'}}]->(other)", 3),
    ],
)
def test_discharge(text: str, left: int) -> None:
    assert len(discharge(prepared(text)).unequal) == left


def test_separate_clauses_need_no_telling_apart() -> None:
    assert not prepared("(a)-[e1:PURCHASED]->(p) MATCH (p)<-[e2:PURCHASED]-(b)").unequal
