"""Cypher by brute force: every assignment of a pattern is tried, over plain Python objects. Shares the reader alone."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from queries.graph import syntax
from tests.integration.queries.brute_values import Evaluator, Node, Relation, Walk, aggregates, identity, rank
from tests.integration.queries.world import World

Row = dict[str, Any]


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
            own |= {"email": "e", "registration_date": customer.registration_date, "country": "DE"}
            self.properties[Node("Customer", customer.customer_id)] = own
        for product in world.products.values():
            own = {"product_id": product.product_id, "name": product.name, "category": product.category}
            own |= {"brand": product.brand, "price": product.price, "stock_quantity": product.stock_quantity}
            own |= {"launch_date": dt.date(2024, 1, 1)}
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

        self.index()

    def index(self) -> None:
        """Notes the relations at each node."""
        self.at: dict[Node, list[Relation]] = {}
        for relation in self.relations:
            for end in {relation.source, relation.target}:
                self.at.setdefault(end, []).append(relation)

    def _relate(self, kind: str, key: int, source: Node, target: Node, own: dict[str, Any]) -> None:
        relation = Relation(kind, key, source, target)
        self.relations.append(relation)
        self.properties[relation] = own

    def labels(self, node: Node) -> tuple[str, ...]:
        return (node.label,)

    def keys(self, element: Node | Relation) -> dict[str, Any]:
        """The properties that are not null."""
        own = self.properties.get(element, {})
        return {key: value for key, value in own.items() if value is not None}

    def get(self, element: Node | Relation, key: str) -> Any:
        found = self.properties.get(element)
        if found is None and isinstance(element, Node):
            return element.key if key == {"Customer": "customer_id", "Product": "product_id"}[element.label] else None
        assert found is not None
        return found.get(key)


class Interpreter:
    """Answers a query with columns and rows."""

    def __init__(self, graph: Graph, parameters: Row) -> None:
        self._graph = graph
        self._values = Evaluator(graph, parameters, self._matches)

    def run(self, query: syntax.Query | syntax.Union) -> tuple[list[str], list[tuple[Any, ...]]]:
        if isinstance(query, syntax.Union):
            answers = [self.run(part) for part in query.queries]
            rows = [row for _, own in answers for row in own]
            return answers[0][0], list({identity(row): row for row in rows}.values()) if query.distinct else rows
        rows_: list[Row] = [{}]
        self._values.ordered = False
        names: list[str] = []
        for clause in query.clauses:
            if isinstance(clause, syntax.Match):
                rows_ = [new for row in rows_ for new in self._match(clause, row)]
            elif isinstance(clause, syntax.Unwind):
                rows_ = [{**row, clause.name: item} for row in rows_ for item in self._items(clause, row)]
            else:
                rows_, names = self._project(clause, rows_)
                grouped = clause.distinct or any(aggregates(item.expression) for item in clause.items)
                self._values.ordered = bool(clause.order) or (self._values.ordered and not grouped)
        return names, [tuple(row[name] for name in names) for row in rows_]

    def value(self, node: Any, row: Row) -> Any:
        return self._values.value(node, row)

    def _items(self, clause: syntax.Unwind, row: Row) -> list[Any]:
        found = self.value(clause.source, row)
        return [] if found is None else list(found)

    # Patterns.

    def _match(self, clause: syntax.Match, row: Row) -> list[Row]:
        found = list(self._matches(clause.paths, clause.where, row))
        if found or not clause.optional:
            return found
        return [{**dict.fromkeys(_bound_by(clause.paths)), **row}]

    def _matches(self, paths: tuple[syntax.Path, ...], where: Any, row: Row) -> Iterator[Row]:
        for bound, _ in self._paths(list(paths), row, frozenset()):
            if where is None or self.value(where, bound) is True:
                yield bound

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
        there = {element for element in self._graph.properties if isinstance(element, Node)}
        ends = {end for relation in self._graph.relations for end in (relation.source, relation.target)}
        for start in sorted(there | ends if path.edges else there, key=str):
            bound = self._bind_node(path.nodes[0], start, row)
            if bound is None:
                continue
            for after, taken, walk in self._steps(path, 0, Walk((start,), ()), bound, used):
                yield ({**after, path.variable: walk} if path.variable else after), taken

    def _steps(
        self, path: syntax.Path, place: int, walk: Walk, row: Row, used: frozenset[Relation]
    ) -> Iterator[tuple[Row, frozenset[Relation], Walk]]:
        if place == len(path.edges):
            yield row, used, walk
            return
        edge = path.edges[place]
        for longer, taken in self._walks(edge, walk, row, used):
            steps = longer.relations[len(walk.relations) :]
            bound = dict(row)
            if edge.variable is not None:
                value = steps[0] if edge.length is None else list(steps)
                if bound.get(edge.variable, value) != value:
                    continue
                bound[edge.variable] = value
            after = self._bind_node(path.nodes[place + 1], longer.nodes[-1], bound)
            if after is not None:
                yield from self._steps(path, place + 1, longer, after, taken)

    def _walks(
        self, edge: syntax.EdgePattern, walk: Walk, row: Row, used: frozenset[Relation]
    ) -> Iterator[tuple[Walk, frozenset[Relation]]]:
        low, high = (1, 1) if edge.length is None else (edge.length.low, edge.length.high)
        todo = [(walk, used)]
        for count in range(len(self._graph.relations) + 1):
            if count >= low and (count or walk.relations or walk.nodes[-1] in self._graph.properties):
                yield from todo
            if count == high or not todo:
                return
            todo = [step for here, taken in todo for step in self._hops(edge, here, row, taken)]

    def _hops(
        self, edge: syntax.EdgePattern, walk: Walk, row: Row, used: frozenset[Relation]
    ) -> Iterator[tuple[Walk, frozenset[Relation]]]:
        here = walk.nodes[-1]
        for relation in self._graph.at.get(here, ()):
            if relation in used or (edge.types and relation.type not in edge.types):
                continue
            bound = row if edge.variable is None or edge.length else {**row, edge.variable: relation}
            if not self._fits(relation, edge.properties, bound):
                continue
            for near, far, way in ((relation.source, relation.target, "out"), (relation.target, relation.source, "in")):
                loop = relation.source == relation.target and way == "in" and edge.direction == "both"
                if near == here and edge.direction in (way, "both") and not loop:
                    yield Walk((*walk.nodes, far), (*walk.relations, relation)), used | {relation}

    def _bind_node(self, pattern: syntax.NodePattern, node: Node, row: Row) -> Row | None:
        if any(label not in self._graph.labels(node) for label in pattern.labels):
            return None
        if pattern.variable is not None and row.get(pattern.variable, node) != node:
            return None
        bound = row if pattern.variable is None else {**row, pattern.variable: node}
        return bound if self._fits(node, pattern.properties, bound) else None

    def _fits(self, element: Any, properties: tuple[tuple[str, Any], ...], row: Row) -> bool:
        return all(
            self._values.equal(self._graph.get(element, key), self.value(value, row)) is True
            for key, value in properties
        )

    # Projections.

    def _project(self, clause: syntax.Project, rows: list[Row]) -> tuple[list[Row], list[str]]:
        items = list(clause.items)
        if clause.star:
            names = sorted({name for row in rows for name in row})
            items = [syntax.Item(syntax.Variable(name), name) for name in names] + items
        if any(aggregates(item.expression) for item in items):
            made = self._grouped(items, rows)
        else:
            made = [({item.name: self.value(item.expression, row) for item in items}, row) for row in rows]
        if clause.distinct:
            made = list({identity(tuple(new.values())): (new, row) for new, row in reversed(made)}.values())
        for sort in reversed(clause.order):
            made.sort(key=lambda pair, sort=sort: self._sort_key(sort, items, pair), reverse=sort.descending)  # type: ignore[misc]  # bound early
        first = self.value(clause.skip, {}) if clause.skip is not None else 0
        last = None if clause.limit is None else first + self.value(clause.limit, {})
        made = made[first:last]
        kept = [new for new, old in made if clause.where is None or self.value(clause.where, {**old, **new}) is True]
        return kept, [item.name for item in items]

    def _sort_key(self, sort: syntax.Sort, items: list[syntax.Item], pair: tuple[Row, Row]) -> Any:
        same = next((item.name for item in items if item.expression == sort.expression), None)
        value = pair[0][same] if same is not None else self.value(sort.expression, {**pair[1], **pair[0]})
        return rank(value)

    def _grouped(self, items: list[syntax.Item], rows: list[Row]) -> list[tuple[Row, Row]]:
        keys = [item for item in items if not aggregates(item.expression)]
        groups: dict[Any, list[Row]] = {} if keys else {identity(()): []}
        for row in rows:
            groups.setdefault(identity(tuple(self.value(item.expression, row) for item in keys)), []).append(row)
        made = []
        for group in groups.values():
            sample = group[0] if group else {}
            new = {item.name: self._values.value(item.expression, sample, group) for item in items}
            made.append((new, sample))
        return made


def _bound_by(paths: tuple[syntax.Path, ...]) -> set[str]:
    """The names that paths bind."""
    named = [path.variable for path in paths]
    named += [part.variable for path in paths for part in path.nodes]
    named += [part.variable for path in paths for part in path.edges]
    return {name for name in named if name is not None}
