"""A node whose key is given is a constant: it needs no place in joins, and conditions on it become simpler."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from queries.graph.kinds import comparable, kind_of
from queries.graph.pattern import Known, Pattern, Within, constants
from queries.graph.shapes import Kind
from queries.graph.syntax import Binary, Constant, Expression, Id, Parameter, substitute


def propagate(pattern: Pattern, parameters: Mapping[str, Kind]) -> Pattern:
    """The pattern with `key = constant` as Known, and the constant in place of the node in all other conditions."""
    found = constants(pattern)
    for condition in pattern.filters:
        known = _known(condition, pattern, parameters)
        if known is not None:
            found.setdefault(known.node, known.value)
    if not found:
        return pattern
    kept = []
    for condition in pattern.filters:
        known = condition if isinstance(condition, Known) else _known(condition, pattern, parameters)
        if known is None or found[known.node] != known.value:
            kept.append(_simplified(condition, found))
    return replace(pattern, filters=(*(Known(node, value) for node, value in found.items()), *kept))


def _known(condition: Expression, pattern: Pattern, parameters: Mapping[str, Kind]) -> Known | None:
    if not isinstance(condition, Binary) or condition.operator != "=":
        return None
    for node, value in ((condition.left, condition.right), (condition.right, condition.left)):
        if (
            isinstance(node, Id)
            and node.variable in pattern.nodes
            and node.variable not in pattern.carried
            and isinstance(value, (Constant, Parameter))
            and comparable(pattern.nodes[node.variable].key_kind, kind_of(value, {}, parameters))
        ):
            return Known(node.variable, value)
    return None


def _simplified(condition: Expression, found: Mapping[str, Expression]) -> Expression:
    def change(part: Any) -> Expression | None:
        if isinstance(part, Id):
            return found.get(part.variable)
        if isinstance(part, Within) and any(node in found for node in part.nodes):
            inside = tuple(Known(node, found[node]) for node in part.nodes if node in found)
            others = tuple(node for node in part.nodes if node not in found)
            return Within(others, replace(part.pattern, filters=(*part.pattern.filters, *inside)), at=part.at)
        return None

    return substitute(condition, change)
