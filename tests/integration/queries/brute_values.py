"""Cypher's expressions by brute force: each value worked out by the book, with its nulls. Shares the reader alone."""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from queries.graph import syntax

Row = dict[str, Any]
Matches = Callable[[tuple[syntax.Path, ...], Any, Row], Iterator[Row]]


@dataclass(frozen=True)
class Node:
    label: str
    key: Any


@dataclass(frozen=True)
class Relation:
    type: str
    key: int
    source: Node
    target: Node


@dataclass(frozen=True)
class Walk:
    nodes: tuple[Node, ...]
    relations: tuple[Relation, ...]


class Bag(list[Any]):
    """A list that was collected: its order does not count."""


class Elements(Protocol):
    """What a graph says of its nodes and relations."""

    def get(self, element: Any, key: str) -> Any: ...

    def labels(self, node: Node) -> tuple[str, ...]: ...

    def keys(self, element: Any) -> dict[str, Any]: ...


class Evaluator:
    """Works out expressions over rows of values."""

    def __init__(self, graph: Elements, parameters: Row, matches: Matches) -> None:
        self._graph, self._parameters, self._matches = graph, parameters, matches
        #: Whether rows are in an order that was asked for.
        self.ordered = False

    def value(self, node: Any, row: Row, group: list[Row] | None = None) -> Any:
        if isinstance(node, syntax.Aggregate):
            return self._aggregate(node, group or [])
        method = getattr(self, f"_{type(node).__name__.lower()}")
        return method(node, row, lambda part: self.value(part, row, group))

    def equal(self, left: Any, right: Any) -> Any:
        return equal(left, right)

    def _aggregate(self, node: syntax.Aggregate, group: list[Row]) -> Any:
        if node.argument is None:
            return len(group)
        found = [value for row in group if (value := self.value(node.argument, row)) is not None]
        if node.distinct:
            found = list({identity(value): value for value in found}.values())
        if not found and node.name in ("avg", "min", "max"):
            return None
        if node.name == "collect" and self.ordered:
            return found
        return FOLDS[node.name](found)

    # Leaves.

    def _constant(self, node: syntax.Constant, *_: Any) -> Any:
        return float(node.value) if isinstance(node.value, Decimal) else node.value

    def _parameter(self, node: syntax.Parameter, *_: Any) -> Any:
        return self._parameters[node.name]

    def _variable(self, node: syntax.Variable, row: Row, _: Any) -> Any:
        return row[node.name]

    def _local(self, node: syntax.Local, row: Row, _: Any) -> Any:
        return row[f"@{node.name}"]

    def _property(self, node: syntax.Property, row: Row, _: Any) -> Any:
        return self._of(row[node.variable], node.key)

    def _lookup(self, node: syntax.Lookup, _: Row, inner: Any) -> Any:
        return self._of(inner(node.source), node.key)

    def _of(self, owner: Any, key: str) -> Any:
        if owner is None:
            return None
        if isinstance(owner, dict):
            return owner.get(key)
        if isinstance(owner, (dt.date, dt.datetime)):
            return PARTS[key](owner)
        return self._graph.get(owner, key)

    def _haslabel(self, node: syntax.HasLabel, row: Row, _: Any) -> Any:
        owner = row[node.variable]
        if owner is None:
            return None
        return owner.type == node.label if isinstance(owner, Relation) else node.label in self._graph.labels(owner)

    def _pathtest(self, node: syntax.PathTest, row: Row, _: Any) -> bool:
        return any(True for _ in self._matches((node.path,), None, row))

    def _exists(self, node: syntax.Exists, row: Row, _: Any) -> bool:
        return any(True for _ in self._matches(node.paths, node.where, row))

    def _patternlist(self, node: syntax.PatternList, row: Row, _: Any) -> Bag:
        return Bag(self.value(node.result, bound) for bound in self._matches(node.paths, node.where, row))

    # Operators.

    def _unary(self, node: syntax.Unary, _: Row, inner: Any) -> Any:
        value = inner(node.operand)
        if "NULL" in node.operator:
            return (value is None) == (node.operator == "IS NULL")
        if value is None:
            return None
        return -value if node.operator == "-" else not value

    def _boolean(self, node: syntax.Boolean, _: Row, inner: Any) -> Any:
        return logical(node.operator, [inner(operand) for operand in node.operands])

    def _binary(self, node: syntax.Binary, _: Row, inner: Any) -> Any:
        return binary(node.operator, inner(node.left), inner(node.right))

    def _case(self, node: syntax.Case, _: Row, inner: Any) -> Any:
        for test, result in node.branches:
            if inner(test) is True:
                return inner(result)
        return None if node.otherwise is None else inner(node.otherwise)

    # Lists and maps.

    def _listof(self, node: syntax.ListOf, _: Row, inner: Any) -> list[Any]:
        return [inner(item) for item in node.items]

    def _mapof(self, node: syntax.MapOf, _: Row, inner: Any) -> dict[str, Any]:
        return {key: inner(value) for key, value in node.entries}

    def _index(self, node: syntax.Index, _: Row, inner: Any) -> Any:
        source, index = inner(node.source), inner(node.index)
        if source is None or index is None:
            return None
        if not isinstance(source, list):
            return self._of(source, index)
        return source[index] if -len(source) <= index < len(source) else None

    def _slice(self, node: syntax.Slice, _: Row, inner: Any) -> Any:
        source, ends = inner(node.source), [inner(end) if end is not None else 0 for end in (node.low, node.high)]
        if source is None or None in ends:
            return None
        low, high = (end if end >= 0 else max(len(source) + end, 0) for end in ends)
        return source[low : high if node.high is not None else len(source)]

    def _comprehension(self, node: syntax.Comprehension, row: Row, inner: Any) -> Any:
        source = inner(node.source)
        if source is None:
            return None
        rows = [{**row, f"@{node.local.name}": item} for item in source]
        kept = [own for own in rows if node.where is None or self.value(node.where, own) is True]
        made = [self.value(node.result if node.result is not None else node.local, own) for own in kept]
        return Bag(made) if isinstance(source, Bag) else made

    def _quantifier(self, node: syntax.Quantifier, row: Row, inner: Any) -> Any:
        source = inner(node.source)
        if source is None:
            return None
        tests = [self.value(node.where, {**row, f"@{node.local.name}": item}) for item in source]
        if node.name == "single":
            if tests.count(True) > 1:
                return False
            return None if None in tests else tests.count(True) == 1
        any_ = logical("OR", [*tests, False])
        if node.name == "all":
            return logical("AND", [*tests, True])
        return any_ if node.name == "any" or any_ is None else not any_

    def _call(self, node: syntax.Call, _: Row, inner: Any) -> Any:
        values = [inner(argument) for argument in node.arguments]
        if node.name == "coalesce":
            return next((value for value in values if value is not None), None)
        if None in values:
            return None
        if node.name in OF_ELEMENTS:
            return OF_ELEMENTS[node.name](self._graph, *values)
        return FUNCTIONS[node.name](*values)


def aggregates(expression: Any) -> bool:
    return any(isinstance(part, syntax.Aggregate) for part in syntax.walk(expression))


def identity(value: Any) -> Any:
    """What tells values apart for DISTINCT and grouping: 1 and 1.0 are one, null and null too."""
    if isinstance(value, (list, tuple)):
        return ("list", *(identity(item) for item in value))
    if isinstance(value, dict):
        return ("map", *sorted((key, identity(item)) for key, item in value.items()))
    return (type(value).__name__, value) if isinstance(value, (bool, str)) else value


def rank(value: Any) -> Any:
    """Null comes after all else."""
    if isinstance(value, (Node, Relation)):
        value = value.key
    return (value is None, 0 if value is None else [rank(item) for item in value] if isinstance(value, list) else value)


def logical(operator: str, values: list[Any]) -> Any:
    if operator == "XOR":
        return None if None in values else sum(values) % 2 == 1
    decisive = operator == "OR"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and logical("AND", [True, *(equal(a, b) for a, b in pairs)])
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and logical("AND", [True, *(equal(left[key], right[key]) for key in left)])
    if is_number(left) and is_number(right):
        return float(left) == float(right)
    return type(left) is type(right) and left == right


def binary(operator: str, left: Any, right: Any) -> Any:
    if operator == "IN":
        return None if right is None else logical("OR", [False, *(equal(left, item) for item in right)])
    if operator in ("=", "<>"):
        same = equal(left, right)
        return same if operator == "=" or same is None else not same
    if left is None or right is None:
        return None
    if operator in ("<", "<=", ">", ">="):
        return _ordered(operator, left, right)
    if operator in TEXTS:
        return TEXTS[operator](left, right) if isinstance(left, str) and isinstance(right, str) else None
    return _arithmetic(operator, left, right)


def _ordered(operator: str, left: Any, right: Any) -> Any:
    if is_number(left) and is_number(right):
        left, right = float(left), float(right)
    elif type(left) is not type(right):
        return None
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    if isinstance(left, list) or isinstance(right, list):
        return [*(left if isinstance(left, list) else [left]), *(right if isinstance(right, list) else [right])]
    if isinstance(left, str) or isinstance(right, str):
        return text_of(left) + text_of(right)
    if operator == "^":
        return float(left) ** float(right)
    if operator in "/%" and not (isinstance(left, int) and isinstance(right, int)):
        left, right = float(left), float(right)
        return left / right if operator == "/" else math.fmod(left, right)
    if operator in "/%":
        whole = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return whole if operator == "/" else left - whole * right
    if isinstance(left, float) or isinstance(right, float):
        left, right = float(left), float(right)
    return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right}[operator]()


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _to_integer(value: Any) -> int | None:
    try:
        return int(value) if not isinstance(value, str) else math.trunc(float(value))
    except ValueError:
        return None


def _to_float(value: Any) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _range(low: int, high: int, step: int = 1) -> list[int]:
    return list(range(low, high + (1 if step > 0 else -1), step))


TEXTS: dict[str, Callable[[str, str], bool]] = {
    "STARTS WITH": str.startswith,
    "ENDS WITH": str.endswith,
    "CONTAINS": lambda left, right: right in left,
    "=~": lambda left, right: re.fullmatch(right, left) is not None,
}


def _added(values: list[Any]) -> Any:
    """Money is added up as decimals, unless there are floats as well."""
    floats = any(isinstance(value, float) for value in values)
    return sum(float(value) if floats else value for value in values)


FOLDS: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "collect": Bag,
    "sum": _added,
    "avg": lambda values: float(_added(values)) / len(values),
    "min": min,
    "max": max,
}
PARTS: dict[str, Callable[[Any], int]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "dayOfWeek": lambda moment: moment.isoweekday(),
    "ordinalDay": lambda moment: moment.timetuple().tm_yday,
    "quarter": lambda moment: (moment.month + 2) // 3,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "toupper": str.upper,
    "tolower": str.lower,
    "trim": str.strip,
    "replace": str.replace,
    "left": lambda value, count: value[:count],
    "right": lambda value, count: value[-count:] if count else "",
    "substring": lambda value, start, count=None: value[start : None if count is None else start + count],
    "split": str.split,
    "reverse": lambda value: value[::-1],
    "size": len,
    "head": lambda value: value[0] if value else None,
    "last": lambda value: value[-1] if value else None,
    "tail": lambda value: value[1:],
    "range": _range,
    "abs": abs,
    "sign": lambda value: (value > 0) - (value < 0),
    "ceil": lambda value: float(math.ceil(value)),
    "floor": lambda value: float(math.floor(value)),
    "round": lambda value: float(math.floor(float(value) + 0.5)),
    "sqrt": math.sqrt,
    "tostring": text_of,
    "tointeger": _to_integer,
    "tofloat": _to_float,
    "nodes": lambda walk: list(walk.nodes),
    "relationships": lambda walk: list(walk.relations),
    "length": lambda walk: len(walk.relations),
    "startnode": lambda relation: relation.source,
    "endnode": lambda relation: relation.target,
    "type": lambda relation: relation.type,
    "elementid": lambda element: f"{getattr(element, 'label', None) or element.type}:{element.key}",
    "date": lambda value: value.date() if isinstance(value, dt.datetime) else dt.date.fromisoformat(str(value)),
    "datetime": lambda value: dt.datetime.fromisoformat(str(value)),
}
OF_ELEMENTS: dict[str, Callable[..., Any]] = {
    "labels": lambda graph, node: list(graph.labels(node)),
    "keys": lambda graph, element: list(graph.keys(element)),
    "properties": lambda graph, element: graph.keys(element),
}
