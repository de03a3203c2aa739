"""Which labels, types and directions a path of a query can have: every consistent choice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from queries.graph.errors import refusal
from queries.graph.pattern import Edge
from queries.graph.syntax import EdgePattern, NodePattern, Path
from queries.graph.view import EdgeType, NodeType, View

MOST_CHOICES = 64


@dataclass(frozen=True)
class Step:
    """A relationship as written, between two named nodes."""

    name: str
    left: str
    right: str
    written: EdgePattern
    clause: int


@dataclass(frozen=True)
class Choice:
    """One consistent typing."""

    nodes: dict[str, NodeType]
    edges: tuple[Edge, ...]


def choices(
    view: View, nodes: Mapping[str, list[NodePattern]], steps: list[Step], bound: Mapping[str, NodeType]
) -> list[Choice]:
    """Every way to type the nodes (each with all its mentions) and steps; `bound` nodes have their type already.

    Raises:
        QueryError: a label or type is unknown, or there are too many ways.
    """
    start = {name: kind for name, kind in bound.items() if name in nodes}
    for name, mentions in nodes.items():
        for mention in mentions:
            for label in mention.labels:
                kind = view.node(label, mention.at)
                if start.setdefault(name, kind) is not kind:
                    return []
    found = []
    for choice in _extended(view, dict(start), steps, ()):
        found += list(_with_lone(view, choice, list(nodes)))
        if len(found) > MOST_CHOICES:
            place = next((step.written.at for step in steps), None)
            raise refusal("The pattern fits too many labels and types: name more of them", place)
    return found


def _extended(view: View, nodes: dict[str, NodeType], steps: list[Step], edges: tuple[Edge, ...]) -> Iterator[Choice]:
    if not steps:
        yield Choice(nodes, edges)
        return
    step, *others = steps
    for kind in _types(view, step.written):
        for source, target in _ends(step):
            fits = {source: view.nodes[kind.source_label], target: view.nodes[kind.target_label]}
            if (source == target and kind.source_label != kind.target_label) or any(
                nodes.get(name, wanted) is not wanted for name, wanted in fits.items()
            ):
                continue
            yield from _extended(
                view, {**nodes, **fits}, others, (*edges, Edge(step.name, kind, source, target, step.clause))
            )


def _types(view: View, written: EdgePattern) -> list[EdgeType]:
    return [view.edge(name, written.at) for name in written.types] if written.types else list(view.edges.values())


def _ends(step: Step) -> list[tuple[str, str]]:
    out, back = (step.left, step.right), (step.right, step.left)
    if step.written.direction == "both":
        return [out] if out == back else [out, back]
    return [out] if step.written.direction == "out" else [back]


def _with_lone(view: View, choice: Choice, names: list[str]) -> Iterator[Choice]:
    lone = next((name for name in names if name not in choice.nodes), None)
    if lone is None:
        yield choice
        return
    for kind in view.nodes.values():
        yield from _with_lone(view, Choice({**choice.nodes, lone: kind}, choice.edges), names)


def node_mentions(paths: tuple[Path, ...], names: Mapping[int, str]) -> dict[str, list[NodePattern]]:
    """The nodes of paths by name; `names` gives the anonymous ones theirs, by identity."""
    mentions: dict[str, list[NodePattern]] = {}
    for path in paths:
        for node in path.nodes:
            mentions.setdefault(node.variable or names[id(node)], []).append(node)
    return mentions
