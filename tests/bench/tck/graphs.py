"""The graph of a scenario: what its CREATE statements make, by brute force."""

from dataclasses import dataclass
from typing import Any

from queries.graph import syntax
from queries.graph.parser.clauses import Clauses
from schemas.errors import C360Error
from tests.integration.queries.brute import Interpreter, Row
from tests.integration.queries.brute_values import Node, Relation


class UnreadableError(Exception):
    """A statement that this small interpreter does not know."""


@dataclass(frozen=True)
class Create:
    """CREATE path, path."""

    paths: tuple[syntax.Path, ...]


class _Script(Clauses):
    """Statements that write; each clause on its own."""

    def clauses(self) -> list[Any]:
        found: list[Any] = []
        while self.token.kind != "end":
            if self.accept(";"):
                continue
            if self.accept_words("CREATE"):
                found.append(Create(self.paths()))
            elif self.is_word("RETURN"):
                break
            else:
                found.append(self._clause())
        return found


class Graph:
    """Nodes and relations with labels and properties (see tests.integration.queries.brute.Graph)."""

    def __init__(self) -> None:
        self.properties: dict[Node | Relation, dict[str, Any]] = {}
        self.relations: list[Relation] = []
        self.at: dict[Node, list[Relation]] = {}
        self._labels: dict[Node, tuple[str, ...]] = {}

    def get(self, element: Any, key: str) -> Any:
        return self.properties[element].get(key)

    def labels(self, node: Node) -> tuple[str, ...]:
        return self._labels[node]

    def keys(self, element: Any) -> dict[str, Any]:
        return self.properties[element]

    def add_node(self, labels: tuple[str, ...], properties: dict[str, Any]) -> Node:
        node = Node("node", len(self.properties))
        self._labels[node] = tuple(sorted(set(labels)))
        self.properties[node] = {key: value for key, value in properties.items() if value is not None}
        return node

    def add_relation(self, kind: str, source: Node, target: Node, properties: dict[str, Any]) -> Relation:
        relation = Relation(kind, len(self.properties), source, target)
        self.relations.append(relation)
        for end in {source, target}:
            self.at.setdefault(end, []).append(relation)
        self.properties[relation] = {key: value for key, value in properties.items() if value is not None}
        return relation


class Builder(Interpreter):
    """Runs the statements that make a graph."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph, {})  # type: ignore[arg-type]  # it has all that is asked of one
        self._made = graph

    def execute(self, text: str) -> None:
        """Runs a statement; what it returns is left out.

        Raises:
            UnreadableError: it holds MERGE, SET, DELETE or the like.
        """
        try:
            self._run_all(_Script(text).clauses())
        except (C360Error, AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnreadableError(f"{type(error).__name__}: {error}") from error

    def _run_all(self, clauses: list[Any]) -> None:
        rows: list[Row] = [{}]
        for clause in clauses:
            if isinstance(clause, Create):
                rows = [self._create(clause, dict(row)) for row in rows]
            elif isinstance(clause, syntax.Match):
                rows = [new for row in rows for new in self._match(clause, row)]
            elif isinstance(clause, syntax.Unwind):
                rows = [{**row, clause.name: item} for row in rows for item in self._items(clause, row)]
            else:
                rows, _ = self._project(clause, rows)

    def _create(self, clause: Create, row: Row) -> Row:
        for path in clause.paths:
            nodes = []
            for pattern in path.nodes:
                known = row.get(pattern.variable) if pattern.variable is not None else None
                node = known or self._made.add_node(pattern.labels, self._values_of(pattern.properties, row))
                nodes.append(node)
                if pattern.variable is not None:
                    row[pattern.variable] = node
            for edge, left, right in zip(path.edges, nodes, nodes[1:], strict=False):
                ends = (right, left) if edge.direction == "in" else (left, right)
                made = self._made.add_relation(edge.types[0], *ends, self._values_of(edge.properties, row))
                if edge.variable is not None:
                    row[edge.variable] = made
        return row

    def _values_of(self, properties: Any, row: Row) -> dict[str, Any]:
        return {key: self.value(value, row) for key, value in properties}
