"""Which labels, types, directions and lengths a path of a query can have: every consistent choice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from queries.graph.errors import refusal
from queries.graph.pattern import Edge
from queries.graph.syntax import Binary, EdgePattern, Expression, Id, Length, NodePattern, Path
from queries.graph.view import EdgeType, NodeType, View

MOST_CHOICES = 256
#: How many relationships a path of variable length has at most.
LONGEST = 6

#: The types a node may be of.
Options = Mapping[str, tuple[NodeType, ...]]


@dataclass(frozen=True)
class Step:
    """A relationship as written, between two named nodes; `types` where it is bound already."""

    name: str
    left: str
    right: str
    written: EdgePattern
    clause: int
    types: tuple[EdgeType, ...] | None = None


@dataclass(frozen=True)
class Choice:
    """One consistent typing; `walks` has, for each step, its edges and the nodes behind each of them."""

    nodes: dict[str, NodeType]
    edges: tuple[Edge, ...] = ()
    conditions: tuple[Expression, ...] = ()
    walks: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


def choices(
    view: View, nodes: Mapping[str, list[NodePattern]], steps: list[Step], bound: Mapping[str, tuple[NodeType, ...]]
) -> list[Choice]:
    """Every way to type the nodes (each with all its mentions) and steps; `bound` nodes have their types already.

    Raises:
        QueryError: a label or type is unknown, or there are too many ways.
    """
    options = {name: _fitting(view, mentions, bound.get(name)) for name, mentions in nodes.items()}
    types = {step.name: _types(view, step) for step in steps}
    found = []
    for choice in _extended(Choice({}), steps, options, types):
        found += list(_with_lone(choice, options))
        if len(found) > MOST_CHOICES:
            place = next((step.written.at for step in steps), None)
            raise refusal("The pattern fits too many labels and types: name more of them", place)
    return found


def _fitting(view: View, mentions: Iterable[NodePattern], bound: tuple[NodeType, ...] | None) -> tuple[NodeType, ...]:
    found = tuple(view.nodes.values()) if bound is None else bound
    for mention in mentions:
        for label in mention.labels:
            able = view.labelled(label, mention.at)
            found = tuple(kind for kind in found if any(kind is other for other in able))
    return found


def _types(view: View, step: Step) -> tuple[EdgeType, ...]:
    names = step.written.types
    named = [kind for name in dict.fromkeys(names) for kind in view.typed(name, step.written.at)]
    found = tuple(named) if names else tuple(view.edges.values())
    return found if step.types is None else tuple(kind for kind in found if any(kind is one for one in step.types))


def _extended(
    choice: Choice, steps: list[Step], options: Options, types: Mapping[str, tuple[EdgeType, ...]]
) -> Iterator[Choice]:
    if not steps:
        yield choice
        return
    step, *others = steps
    for longer in _walked(choice, step, options, types[step.name]):
        yield from _extended(longer, others, options, types)


def _walked(choice: Choice, step: Step, options: Options, types: tuple[EdgeType, ...]) -> Iterator[Choice]:
    """The choice with a step of every length."""
    length = step.written.length
    if length is None:
        for longer in _hopped(choice, step, (step.name, step.left, step.right), options, types):
            yield _noted(longer, step.name, ((step.name, step.right),))
        return
    if length.low == 0:
        yield from _standing(choice, step, options)
    yield from _longer(choice, step, length, options, types)


def _longer(
    choice: Choice, step: Step, length: Length, options: Options, types: tuple[EdgeType, ...]
) -> Iterator[Choice]:
    grown = [(choice, step.left)]
    for count in range(1, LONGEST + 2):
        if length.high is not None and count > length.high:
            return
        if count > LONGEST and grown:
            raise refusal(
                f"A path of more than {LONGEST} relationships is not supported: give the length an upper bound of "
                f"{LONGEST} or less",
                step.written.at,
            )
        name, stop = f"@{step.name}.{count}", f"@{step.name}.{count}n"
        if count >= length.low:
            for before, here in grown:
                for longer in _hopped(before, step, (name, here, step.right), options, types):
                    yield _noted(longer, step.name, (*_so_far(step, count), (name, step.right)))
        grown = [
            (longer, stop)
            for before, here in grown
            for longer in _hopped(before, step, (name, here, stop), options, types)
        ]
        if len(grown) > MOST_CHOICES and count != length.high:
            raise refusal("The pattern fits too many labels and types: name more of them", step.written.at)


def _so_far(step: Step, count: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"@{step.name}.{number}", f"@{step.name}.{number}n") for number in range(1, count))


def _noted(choice: Choice, step: str, walk: tuple[tuple[str, str], ...]) -> Choice:
    return replace(choice, walks={**choice.walks, step: walk})


def _standing(choice: Choice, step: Step, options: Options) -> Iterator[Choice]:
    """A walk of no relationships: both ends are the same node."""
    for kind in options[step.left]:
        if choice.nodes.get(step.left, kind) is not kind or choice.nodes.get(step.right, kind) is not kind:
            continue
        if not any(kind is other for other in options[step.right]):
            continue
        same = Binary("=", Id(step.left), Id(step.right))
        nodes = {**choice.nodes, step.left: kind, step.right: kind}
        conditions = choice.conditions if step.left == step.right else (*choice.conditions, same)
        yield _noted(replace(choice, nodes=nodes, conditions=conditions), step.name, ())


def _hopped(
    choice: Choice, step: Step, hop: tuple[str, str, str], options: Options, types: Iterable[EdgeType]
) -> Iterator[Choice]:
    """The choice with one relationship more: its name, and where it leads from and to as written."""
    name, left, right = hop
    out, back = (left, right), (right, left)
    ways = {"out": [out], "in": [back], "both": [out] if left == right else [out, back]}[step.written.direction]
    for kind in types:
        for source, target in ways:
            nodes = _ended(choice.nodes, options, ((source, kind.source_node), (target, kind.target_node)))
            if nodes is None:
                continue
            conditions = choice.conditions
            if (source, target) == back and len(ways) == 2 and kind.source_node is kind.target_node:
                # From a node to itself both ways are the same one.
                conditions = (*conditions, Binary("<>", Id(left), Id(right)))
            edge = Edge(name, kind, source, target, step.clause)
            yield replace(choice, nodes=nodes, edges=(*choice.edges, edge), conditions=conditions)


def _ended(
    nodes: dict[str, NodeType], options: Options, ends: Iterable[tuple[str, NodeType]]
) -> dict[str, NodeType] | None:
    found = dict(nodes)
    for name, kind in ends:
        able = options.get(name, (kind,))
        if found.setdefault(name, kind) is not kind or not any(kind is other for other in able):
            return None
    return found


def _with_lone(choice: Choice, options: Options) -> Iterator[Choice]:
    lone = next((name for name in options if name not in choice.nodes), None)
    if lone is None:
        yield choice
        return
    for kind in options[lone]:
        yield from _with_lone(replace(choice, nodes={**choice.nodes, lone: kind}), options)


def node_mentions(paths: tuple[Path, ...], names: Mapping[int, str]) -> dict[str, list[NodePattern]]:
    """The nodes of paths by name; `names` gives the anonymous ones theirs, by identity."""
    mentions: dict[str, list[NodePattern]] = {}
    for path in paths:
        for node in path.nodes:
            mentions.setdefault(node.variable or names[id(node)], []).append(node)
    return mentions
