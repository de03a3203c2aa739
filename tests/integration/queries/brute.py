"""Cypher by brute force: every assignment of a pattern is tried, over plain Python objects. Shares the reader alone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from queries.graph import syntax
from tests.integration.queries.world import World

Row = dict[str, Any]


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


class Graph:
    """The graph a world is: nodes with rows, those that only a relationship names (their properties are null)."""

    def __init__(self, world: World) -> None:
        self.properties: dict[Node | Relation, dict[str, Any]] = {}
        self.relations: list[Relation] = []
        for customer in world.customers.values():
            spent = [
                t.amount
                for t in world.transactions
                if t.customer_id == customer.customer_id and t.status != "cancelled"
            ]
            own = {"customer_id": customer.customer_id, "name": customer.name, "segment": customer.segment}
            own |= {"acquisition_channel": customer.acquisition_channel, "lifetime_value": sum(spent)}
            self.properties[Node("Customer", customer.customer_id)] = own
        for product in world.products.values():
            own = {"product_id": product.product_id, "name": product.name, "category": product.category}
            own |= {"brand": product.brand, "price": product.price, "stock_quantity": product.stock_quantity}
            node = Node("Product", product.product_id)
            self.properties[node] = own
            for kind, label, value in (
                ("BELONGS_TO", "Category", product.category),
                ("MANUFACTURED_BY", "Brand", product.brand),
            ):
                self.properties[Node(label, value)] = {"name": value}
                self._relate(kind, product.product_id, node, Node(label, value), {})
        for t in world.transactions:
            if t.status == "completed":
                own = {"amount": t.amount, "quantity": t.quantity, "channel": t.channel, "status": t.status, "ts": t.ts}
                ends = Node("Customer", t.customer_id), Node("Product", t.product_id)
                self._relate("PURCHASED", t.transaction_id, *ends, own | {"transaction_id": t.transaction_id})
        for act in world.interactions:
            own = {"type": act.type, "duration_seconds": act.duration_seconds, "ts": act.ts}
            ends = Node("Customer", act.customer_id), Node("Product", act.product_id)
            self._relate("INTERACTED", act.interaction_id, *ends, own | {"interaction_id": act.interaction_id})

    def _relate(self, kind: str, key: int, source: Node, target: Node, own: dict[str, Any]) -> None:
        relation = Relation(kind, key, source, target)
        self.relations.append(relation)
        self.properties[relation] = own

    def get(self, element: Node | Relation, key: str) -> Any:
        found = self.properties.get(element)
        if found is None and isinstance(element, Node):
            return element.key if key == {"Customer": "customer_id", "Product": "product_id"}[element.label] else None
        assert found is not None
        return found.get(key)


class Interpreter:
    """Answers a query with columns and rows."""

    def __init__(self, graph: Graph, parameters: Row) -> None:
        self._graph, self._parameters = graph, parameters

    def run(self, query: syntax.Query) -> tuple[list[str], list[tuple[Any, ...]]]:
        rows: list[Row] = [{}]
        for clause in query.clauses:
            rows = self._match(clause, rows) if isinstance(clause, syntax.Match) else self._project(clause, rows)
        last = query.clauses[-1]
        assert isinstance(last, syntax.Project)
        names = [item.name for item in last.items]
        return names, [tuple(row[name] for name in names) for row in rows]

    def _match(self, clause: syntax.Match, rows: list[Row]) -> list[Row]:
        found = []
        for row in rows:
            for bound, _ in self._paths(list(clause.paths), row, frozenset()):
                if clause.where is None or self.value(clause.where, bound) is True:
                    found.append(bound)
        return found

    def _paths(
        self, paths: list[syntax.Path], row: Row, used: frozenset[Relation]
    ) -> Iterator[tuple[Row, frozenset[Relation]]]:
        if not paths:
            yield row, used
            return
        for bound, taken in self._path(paths[0], row, used):
            yield from self._paths(paths[1:], bound, taken)

    def _path(
        self, path: syntax.Path, row: Row, used: frozenset[Relation]
    ) -> Iterator[tuple[Row, frozenset[Relation]]]:
        if not path.edges:
            candidates = [element for element in self._graph.properties if isinstance(element, Node)]
            for node in candidates:
                bound = self._bind_node(path.nodes[0], node, row)
                if bound is not None:
                    yield bound, used
            return
        ends = {relation.source for relation in self._graph.relations} | {r.target for r in self._graph.relations}
        for start in sorted(ends, key=str):
            bound = self._bind_node(path.nodes[0], start, row)
            if bound is not None:
                yield from self._steps(path, 0, start, bound, used)

    def _steps(
        self, path: syntax.Path, place: int, here: Node, row: Row, used: frozenset[Relation]
    ) -> Iterator[tuple[Row, frozenset[Relation]]]:
        if place == len(path.edges):
            yield row, used
            return
        edge = path.edges[place]
        for relation in self._graph.relations:
            if relation in used or (edge.types and relation.type not in edge.types):
                continue
            for near, far, way in ((relation.source, relation.target, "out"), (relation.target, relation.source, "in")):
                if near != here or edge.direction not in (way, "both"):
                    continue
                bound = dict(row)
                if edge.variable is not None:
                    bound[edge.variable] = relation
                if not self._fits(relation, edge.properties, bound):
                    continue
                after = self._bind_node(path.nodes[place + 1], far, bound)
                if after is not None:
                    yield from self._steps(path, place + 1, far, after, used | {relation})

    def _bind_node(self, pattern: syntax.NodePattern, node: Node, row: Row) -> Row | None:
        if any(label != node.label for label in pattern.labels):
            return None
        if pattern.variable is not None and row.get(pattern.variable, node) != node:
            return None
        bound = row if pattern.variable is None else {**row, pattern.variable: node}
        return bound if self._fits(node, pattern.properties, bound) else None

    def _fits(self, element: Any, properties: tuple[tuple[str, Any], ...], row: Row) -> bool:
        return all(self._graph.get(element, key) == self.value(value, row) for key, value in properties)

    # Projections.

    def _project(self, clause: syntax.Project, rows: list[Row]) -> list[Row]:
        items = clause.items
        if any(isinstance(part, syntax.Aggregate) for item in items for part in syntax.walk(item.expression)):
            made = self._grouped(items, rows)
        else:
            made = [({item.name: self.value(item.expression, row) for item in items}, row) for row in rows]
        if clause.distinct:
            made = list({tuple(map(_hashable, new.values())): (new, row) for new, row in reversed(made)}.values())
        for sort in reversed(clause.order):
            made.sort(key=lambda pair, sort=sort: self._rank(sort, pair), reverse=sort.descending)  # type: ignore[misc]  # bound early
        first = self.value(clause.skip, {}) if clause.skip is not None else 0
        last = None if clause.limit is None else first + self.value(clause.limit, {})
        result = [new for new, _ in made][first:last]
        return [row for row in result if clause.where is None or self.value(clause.where, row) is True]

    def _rank(self, sort: syntax.Sort, pair: tuple[Row, Row]) -> tuple[bool, Any]:
        value = self.value(sort.expression, {**pair[1], **pair[0]})
        return (value is None, 0 if value is None else value)

    def _grouped(self, items: tuple[syntax.Item, ...], rows: list[Row]) -> list[tuple[Row, Row]]:
        keys = [i for i in items if not any(isinstance(p, syntax.Aggregate) for p in syntax.walk(i.expression))]
        groups: dict[Any, list[Row]] = {} if keys else {(): []}
        for row in rows:
            groups.setdefault(tuple(_hashable(self.value(item.expression, row)) for item in keys), []).append(row)
        made = []
        for group in groups.values():
            sample = group[0] if group else {}
            new = {item.name: self.value(item.expression, sample, group) for item in items}
            made.append((new, sample))
        return made

    # Expressions.

    def value(self, node: Any, row: Row, group: list[Row] | None = None) -> Any:
        name = type(node).__name__
        if name == "Aggregate":
            return self._aggregate(node, group or [])
        if name in OPERATORS:
            return OPERATORS[name](node, [self.value(part, row, group) for part in syntax.children(node)])
        leaves: dict[str, Callable[[], Any]] = {
            "Constant": lambda: float(node.value) if type(node.value).__name__ == "Decimal" else node.value,
            "Parameter": lambda: self._parameters[node.name],
            "Variable": lambda: row[node.name],
            "Property": lambda: self._graph.get(row[node.variable], node.key),
            "PathTest": lambda: any(True for _ in self._path(node.path, row, frozenset())),
            "HasLabel": lambda: row[node.variable].label == node.label,
        }
        return leaves[name]()

    def _aggregate(self, node: syntax.Aggregate, group: list[Row]) -> Any:
        if node.argument is None:
            return len(group)
        found = [value for row in group if (value := self.value(node.argument, row)) is not None]
        if node.distinct:
            found = list(dict.fromkeys(found))
        if not found and node.name in ("avg", "min", "max"):
            return None
        return FOLDS[node.name](found)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unary(operator: str, value: Any) -> Any:
    if operator in ("IS NULL", "IS NOT NULL"):
        return (value is None) == (operator == "IS NULL")
    if value is None:
        return None
    return -value if operator == "-" else not value


def _boolean(operator: str, values: list[Any]) -> Any:
    if operator == "XOR":
        return None if None in values else sum(values) % 2 == 1
    decisive = operator == "OR"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _binary(operator: str, left: Any, right: Any) -> Any:
    if operator == "IN":
        tests = [_binary("=", left, item) for item in right]
        return _boolean("OR", [*tests, False])
    if left is None or right is None:
        return None
    numbers = all(isinstance(value, (int, float)) or type(value).__name__ == "Decimal" for value in (left, right))
    if type(left) is not type(right) and not numbers:
        return {"=": False, "<>": True}.get(operator)
    if operator == "/":
        whole = isinstance(left, int) and isinstance(right, int)
        return int(left / right) if whole else float(left) / float(right)
    if isinstance(left, float) or isinstance(right, float):
        left, right = float(left), float(right)
    table: dict[str, Callable[[], Any]] = {
        "=": lambda: left == right,
        "<>": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "STARTS WITH": lambda: left.startswith(right),
        "ENDS WITH": lambda: left.endswith(right),
        "CONTAINS": lambda: right in left,
        "=~": lambda: re.fullmatch(right, left) is not None,
    }
    return table[operator]()


OPERATORS: dict[str, Callable[[Any, list[Any]], Any]] = {
    "ListOf": lambda _, values: values,
    "Unary": lambda node, values: _unary(node.operator, values[0]),
    "Boolean": lambda node, values: _boolean(node.operator, values),
    "Binary": lambda node, values: _binary(node.operator, *values),
}

FOLDS: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "collect": sorted,
    "sum": sum,
    "avg": lambda values: float(sum(values)) / len(values),
    "min": min,
    "max": max,
}
