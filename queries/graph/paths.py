"""The paths of clauses with a name for everything in them, and what their choices come to."""

from collections.abc import Iterator

from queries.graph.choices import Choice, Step, node_mentions
from queries.graph.errors import refusal
from queries.graph.scope import Element, Scope
from queries.graph.syntax import Binary, Constant, Expression, Facet, Id, NodePattern, Path, Property
from queries.graph.view import EdgeType


class Paths:
    """The paths of MATCH clauses with a name for everything in them."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers
        self.names: dict[int, str] = {}
        self.steps: list[Step] = []
        self.mentions: dict[str, list[NodePattern]] = {}
        self.paths: list[Path] = []

    def add(self, paths: tuple[Path, ...], clause: int, scope: Scope) -> None:
        """Takes paths of one clause in; a relationship that is bound already is bound again, and compared."""
        for path in paths:
            self.paths.append(path)
            for node in path.nodes:
                self.names[id(node)] = node.variable or f"@node{next(self._numbers)}"
            for edge, left, right in zip(path.edges, path.nodes, path.nodes[1:], strict=False):
                bound = scope.get(edge.variable) if edge.variable is not None else None
                again = isinstance(bound, Element) and not bound.node
                name = edge.variable if edge.variable and not again else f"@edge{next(self._numbers)}"
                types = tuple(item for item in bound.types if isinstance(item, EdgeType)) if again else None  # type: ignore[union-attr]  # it is an Element
                self.names[id(edge)] = name
                self.steps.append(Step(name, self.names[id(left)], self.names[id(right)], edge, clause, types))
        for name, nodes in node_mentions(paths, self.names).items():
            self.mentions.setdefault(name, []).extend(nodes)

    def tests(self, choice: Choice) -> Iterator[Expression]:
        """The properties that are written in the paths, as conditions."""
        for path in self.paths:
            for node in path.nodes:
                for key, value in node.properties:
                    yield Binary("=", Property(self.names[id(node)], key, at=node.at), value, at=node.at)
        for step in self.steps:
            for name, _ in choice.walks[step.name]:
                for key, value in step.written.properties:
                    yield Binary("=", Property(name, key, at=step.written.at), value, at=step.written.at)
            if step.types is not None:
                yield from _again(str(step.written.variable), choice, step)

    def named(self, choice: Choice) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """The nodes and edges of each named path."""
        found = {}
        for path in self.paths:
            nodes, edges = [self.names[id(path.nodes[0])]], []
            for edge in path.edges:
                for name, stop in choice.walks[self.names[id(edge)]]:
                    edges.append(name)
                    nodes.append(stop)
            if path.variable is not None:
                found[path.variable] = (tuple(nodes), tuple(edges))
        return found

    def lists(self, choice: Choice) -> dict[str, tuple[str, ...]]:
        """The edges of each relationship of variable length."""
        return {
            step.name: tuple(name for name, _ in choice.walks[step.name])
            for step in self.steps
            if step.written.length is not None
        }


def _again(name: str, choice: Choice, step: Step) -> Iterator[Expression]:
    ((edge, _),) = choice.walks[step.name]
    kind = next(item.type for item in choice.edges if item.name == edge)
    yield Binary("=", Id(edge), Id(name))
    if step.types is not None and len(step.types) > 1:
        yield Binary("=", Facet(name, "@type"), Constant(kind.name))


def expect_apart(paths: Paths, carried: Scope) -> None:
    """Refuses a name that is bound to two things."""
    seen: set[str] = set()
    for step in paths.steps:
        if step.name in seen or step.name in paths.mentions or step.name in carried:
            raise refusal(f"'{step.name}' is bound already", step.written.at)
        seen.add(step.name)
    for name, nodes in paths.mentions.items():
        entry = carried.get(name)
        if entry is not None and not (isinstance(entry, Element) and entry.node):
            raise refusal(f"'{name}' is not a node", nodes[0].at)
    for path in paths.paths:
        if path.variable is not None and path.variable in {*seen, *paths.mentions, *carried}:
            raise refusal(f"'{path.variable}' is bound already", path.at)
