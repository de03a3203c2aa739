"""Every consistent way to type a pattern, and none besides."""

import pytest

from queries.graph.binder import bind
from queries.graph.view import load_view
from schemas.errors import QueryError
from tests.unit.queries.graph.support import query


def ways(pattern: str) -> list[list[str]]:
    """The relationships of each choice, as type and ends."""
    stage = bind(query(f"MATCH {pattern} RETURN 1 AS one"), load_view())[0]
    return [[f"{e.source}-{e.type.name}-{e.target}" for e in made.edges] for made in stage.patterns]


def test_labels_types_and_directions_narrow_each_other() -> None:
    assert ways("(a:Category)--(b)") == [["b-BELONGS_TO-a"]]
    assert ways("(a)-[:PURCHASED|BELONGS_TO]->(b:Category)") == [["a-BELONGS_TO-b"]]
    assert ways("(a:Category)-->(b)") == []
    assert len(ways("(a)--(b)")) == 8


def test_a_walk_is_a_choice_for_each_length() -> None:
    assert ways("(a:Customer)-[r:PURCHASED|BELONGS_TO*1..3]->(b)") == [
        ["a-PURCHASED-b"],
        ["a-PURCHASED-@r.1n", "@r.1n-BELONGS_TO-b"],
    ]
    assert len(ways("(a:Customer)-[:PURCHASED*0..1]->(b)")) == 2


def test_a_walk_without_bound_ends_where_types_do() -> None:
    assert len(ways("(a:Customer)-[:PURCHASED|BELONGS_TO*]->(b)")) == 2
    with pytest.raises(QueryError, match=r"more than 6 relationships is not supported: give the length .*column 19"):
        ways("(a:Customer)-[:PURCHASED*]-(b)")
    with pytest.raises(QueryError, match="fits too many labels and types"):
        ways("(a)-[*6]-(b)")


def test_a_property_that_one_label_lacks_is_null_there() -> None:
    stage = bind(query("MATCH (n)--(m:Product) WHERE n.segment = 'VIP' RETURN n.segment AS s"), load_view())[0]
    assert {made.nodes["n"].name for made in stage.patterns} == {"Customer", "Category", "Brand"}
    with pytest.raises(QueryError, match="Category or Brand has no property 'segment'"):
        bind(query("MATCH (n)<--(m:Product) WHERE n.segment = 'VIP' RETURN 1 AS one"), load_view())
