"""Answers of both in one form. Every difference between them that is meant is levelled here, and nowhere else:

- money is a decimal with us and a float in Neo4j: a decimal equals a whole number or a float that is as near as 1e-9;
- a column of sums of floats is of floats, also where there were none to add up: 0.0 with us, a whole 0 in Neo4j;
- Neo4j's element ids are its own: nodes and relationships go by our elementId() (Label:key);
- Neo4j's driver has types of its own for dates and times: both become Python's;
- the order of a list that was collected is not said by Cypher: such lists are bags, unless the rows were in order.
"""

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import neo4j.graph
import neo4j.time

from queries.graph.elements import Node, Path, Relationship
from tests.oracle.cypher.worlds import Ids

NEAR = 1e-9


def of_ours(value: Any) -> Any:
    """A value as our compiler gives it."""
    if isinstance(value, Node):
        return ("node", value.element_id, of_ours(dict(value.properties)))
    if isinstance(value, Relationship):
        ends = (value.start_element_id, value.end_element_id)
        return ("relationship", value.element_id, *ends, of_ours(dict(value.properties)))
    if isinstance(value, Path):
        return ("path", *map(of_ours, value.nodes), *map(of_ours, value.relationships))
    if isinstance(value, list | tuple):
        return [of_ours(item) for item in value]
    return {key: of_ours(item) for key, item in value.items()} if isinstance(value, dict) else value


def of_theirs(value: Any, ids: Ids) -> Any:
    """A value as Neo4j's driver gives it."""
    if isinstance(value, neo4j.graph.Node):
        return ("node", ids[value.element_id], of_theirs(dict(value), ids))
    if isinstance(value, neo4j.graph.Relationship):
        assert value.start_node is not None
        assert value.end_node is not None
        ends = (ids[value.start_node.element_id], ids[value.end_node.element_id])
        return ("relationship", ids[value.element_id], *ends, of_theirs(dict(value), ids))
    if isinstance(value, neo4j.graph.Path):
        return ("path", *(of_theirs(part, ids) for part in (*value.nodes, *value.relationships)))
    if isinstance(value, list | tuple):
        return [of_theirs(item, ids) for item in value]
    if isinstance(value, neo4j.time.Date | neo4j.time.DateTime | neo4j.time.Time):
        return value.to_native()
    return {key: of_theirs(item, ids) for key, item in value.items()} if isinstance(value, dict) else value


def alike(one: Any, other: Any, *, bags: bool) -> bool:
    """Whether two values are the same, with their types; `bags` is whether the order of lists does not count."""
    if _is_number(one) and _is_number(other):
        return _same_number(one, other)
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(alike(one[key], other[key], bags=bags) for key in one)
        )
    if isinstance(one, list) and bags:
        return isinstance(other, list) and same_bag(one, other, bags=bags)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and _all_alike(one, other, bags=bags)
    return type(one) is type(other) and bool(one == other)


def same_bag(one: Sequence[Any], other: Sequence[Any], *, bags: bool) -> bool:
    """Whether two bags hold the same."""
    return len(one) == len(other) and not missing(one, other, bags=bags)


def missing(some: Sequence[Any], among: Sequence[Any], *, bags: bool) -> list[Any]:
    """What of one bag is not in another."""
    some, among = sorted(some, key=rough), sorted(among, key=rough)
    if len(some) == len(among) and _all_alike(some, among, bags=bags):
        return []
    left, lacking = list(among), []
    for value in some:
        place = next((place for place, found in enumerate(left) if alike(value, found, bags=bags)), None)
        if place is None:
            lacking.append(value)
        else:
            left.pop(place)
    return lacking


def rough(value: Any) -> str:
    """A text to sort by: like values have nearly always the same, whatever the order of lists in them."""
    if isinstance(value, list | tuple):
        return f"[{','.join(sorted(map(rough, value)))}]"
    if isinstance(value, dict):
        return f"{{{','.join(sorted(f'{key}:{rough(item)}' for key, item in value.items()))}}}"
    return f"{float(value):.6g}" if _is_number(value) else f"{type(value).__name__}{value!r}"


def _all_alike(one: Sequence[Any], other: Sequence[Any], *, bags: bool) -> bool:
    return all(alike(a, b, bags=bags) for a, b in zip(one, other, strict=True))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _same_number(one: Any, other: Any) -> bool:
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    nothing = isinstance(one, float) and one == 0 == other
    if not nothing and not isinstance(one, Decimal) and not isinstance(other, Decimal) and type(one) is not type(other):
        return False
    a, b = float(one), float(other)
    return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=NEAR, abs_tol=NEAR)


def parameter(value: Any) -> Any:
    """A parameter as Neo4j's driver takes it."""
    if isinstance(value, list):
        return [parameter(item) for item in value]
    if isinstance(value, dict):
        return {key: parameter(item) for key, item in value.items()}
    if isinstance(value, Decimal):
        return float(value)
    return neo4j.time.DateTime.from_native(value) if isinstance(value, dt.datetime) else value
