"""Answers of the engine and of brute force in one form, and whether they are the same."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from queries.graph.elements import Node, Path, Relationship
from tests.integration.queries import brute_values
from tests.integration.queries.brute_values import Bag, Elements, is_number

Rows = Sequence[tuple[Any, ...]]


def shown(value: Any) -> Any:
    """A value of the engine."""
    if isinstance(value, Node):
        return ("node", value.element_id, shown(dict(value.properties)))
    if isinstance(value, Relationship):
        ends = value.start_element_id, value.end_element_id
        return ("relationship", value.element_id, *ends, shown(dict(value.properties)))
    if isinstance(value, Path):
        return ("path", [shown(node) for node in value.nodes], [shown(step) for step in value.relationships])
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return _number(value)


def expected(value: Any, graph: Elements) -> Any:
    """A value of brute force."""
    if isinstance(value, brute_values.Node):
        return ("node", _id(value), expected(_all_of(value, graph), graph))
    if isinstance(value, brute_values.Relation):
        return (
            "relationship",
            _id(value),
            _id(value.source),
            _id(value.target),
            expected(_all_of(value, graph), graph),
        )
    if isinstance(value, brute_values.Walk):
        nodes = [expected(node, graph) for node in value.nodes]
        return ("path", nodes, [expected(step, graph) for step in value.relations])
    if isinstance(value, list):
        items = [expected(item, graph) for item in value]
        return Bag(items) if isinstance(value, Bag) else items
    if isinstance(value, dict):
        return {key: expected(item, graph) for key, item in value.items()}
    return _number(value)


def _all_of(element: Any, graph: Elements) -> dict[str, Any]:
    """The properties; of a node without a row its key alone."""
    found = graph.keys(element)
    if found or not isinstance(element, brute_values.Node):
        return found
    return {{"Customer": "customer_id", "Product": "product_id"}.get(element.label, "name"): element.key}


def _id(element: Any) -> str:
    return f"{element.label if isinstance(element, brute_values.Node) else element.type}:{element.key}"


def _number(value: Any) -> Any:
    return round(float(value), 6) if isinstance(value, (float, Decimal)) else value


def same(got: Any, wanted: Any) -> bool:
    """Whether two shown values are the same; the order of what was collected does not count."""
    if isinstance(wanted, Bag):
        return isinstance(got, list) and _same_rows(sorted(got, key=loose), sorted(wanted, key=loose))
    if isinstance(wanted, (list, tuple)):
        return isinstance(got, (list, tuple)) and _same_rows(got, wanted)
    if isinstance(wanted, dict):
        return isinstance(got, dict) and got.keys() == wanted.keys() and all(same(got[key], wanted[key]) for key in got)
    numbers = is_number(got) and is_number(wanted)
    return (numbers or type(got) is type(wanted)) and got == wanted


def _same_rows(got: Sequence[Any], wanted: Sequence[Any]) -> bool:
    return len(got) == len(wanted) and all(same(one, other) for one, other in zip(got, wanted, strict=True))


def loose(value: Any) -> str:
    """A text to sort by, in which the order of lists does not count."""
    if isinstance(value, (list, tuple)):
        return f"[{','.join(sorted(map(loose, value)))}]"
    if isinstance(value, dict):
        return f"{{{','.join(sorted(f'{key}:{loose(item)}' for key, item in value.items()))}}}"
    return f"number{float(value)}" if is_number(value) else f"{type(value).__name__}{value!r}"


def same_answer(got: Rows, wanted: Rows, graph: Elements, *, ordered: bool) -> bool:
    """Whether two answers are the same, as bags where they are not ordered."""
    ours = [[shown(value) for value in row] for row in got]
    theirs = [[expected(value, graph) for value in row] for row in wanted]
    if not ordered:
        ours, theirs = sorted(ours, key=_place), sorted(theirs, key=_place)
    return _same_rows(ours, theirs)


def _place(row: list[Any]) -> list[str]:
    return [*map(loose, row), repr(row)]
