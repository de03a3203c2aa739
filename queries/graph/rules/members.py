"""Where only the distinct nodes at one end of a relationship count, its table of sets answers in place of its rows.

Right because nothing else is asked of the relationship: neither its properties, nor how often it is there, nor that it
is another than one beside it; and because what is asked of the node is decided by its key alone, in the set or not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from queries.graph.pattern import Edge, Within, constants, needs_columns, variables
from queries.graph.planner import Plan, Scan, on_node
from queries.graph.syntax import Expression
from queries.graph.view import Members, Source


@dataclass(frozen=True)
class Sets:
    """A reading of sets: of each node at the end `near` the set of nodes `node`, and what these must be.

    `scan` has the other conditions, which are all about `near`. `rows` are those that the sets are made of, where these
    are less to read.
    """

    scan: Scan
    table: Members
    node: str
    near: str
    conditions: tuple[Expression, ...]
    rows: Source | None = None


def as_sets(made: Plan, node: str) -> Sets | None:
    """How the plan's one reading of a node can be one of sets; None where it cannot."""
    pattern = made.pattern
    scans = [scan for scan in made.scans if node in (scan.edge.source, scan.edge.target)]
    if len(scans) != 1 or node in pattern.carried or node in constants(pattern):
        return None
    scan = scans[0]
    near = scan.edge.far(node)
    table = next((one for one in scan.edge.type.members if one.key == scan.edge.key(near)), None)
    if table is None or near == node or _is_named(made, scan.edge, node):
        return None
    mine = tuple(part for part in scan.conditions if on_node(part, pattern) == node)
    others = tuple(part for part in scan.conditions if on_node(part, pattern) == near)
    if len(mine) + len(others) < len(scan.conditions):
        return None
    return Sets(replace(scan, conditions=others), table, node, near, mine)


def gathered(made: Plan, asked: Iterable[tuple[str, str | None]]) -> Sets | None:
    """The sets whose union is all that a plan finds."""
    wanted = list(asked)
    if len(wanted) != 1 or wanted[0][1] is not None or len(made.scans) != 1 or made.lone or made.residual:
        return None
    found = as_sets(made, wanted[0][0])
    if found is None or not found.scan.conditions:
        # All sets together are more to read than the rows they are of.
        return None
    # So are those of all things of a kind: most of their sets are small.
    return replace(found, rows=_rows(found)) if all(map(_is_kind, found.scan.conditions)) else found


def _is_kind(condition: Expression) -> bool:
    """Whether a condition is of what things are, and not of what happened to them."""
    if isinstance(condition, Within):
        return all(edge.type.sources[0].rows == "versioned" for edge in condition.pattern.edges)
    return needs_columns(condition, variables(condition))


def _rows(sets: Sets) -> Source | None:
    edge = sets.scan.edge
    source = edge.type.source(edge.key(sets.near), frozenset({edge.type.source_key, edge.type.target_key}))
    return source if source.rows == "immutable" and source.order[:1] == (edge.key(sets.near),) else None


def meeting(made: Plan, asked: Iterable[tuple[str, str | None]]) -> Sets | None:
    """The sets of all that a plan finds, which have to meet a set of nodes found by more than one relationship.

    Where few nodes are asked for, the rows of these are less to read than the sets.
    """
    wanted = list(asked)
    if len(wanted) != 1 or wanted[0][1] is not None or len(made.scans) != 1 or made.lone or made.residual:
        return None
    edge, near = made.scans[0].edge, wanted[0][0]
    if near not in (edge.source, edge.target) or near in made.pattern.carried:
        return None
    found = as_sets(made, edge.far(near))
    return found if found is not None and any(map(_is_walk, found.conditions)) else None


def _is_walk(condition: Expression) -> bool:
    if not isinstance(condition, Within):
        return False
    pattern = condition.pattern
    return len(pattern.edges) > 1 or any(isinstance(part, Within) for part in pattern.filters)


def with_sets(made: Plan, sets: Sets) -> Plan:
    """The plan with the sets named as what is read."""
    source = sets.rows or Source(sets.table.table, "immutable", (sets.table.key,))
    read = replace(sets.scan, near=sets.near, source=source, exact=False)
    return replace(made, scans=tuple(read if scan.edge is sets.scan.edge else scan for scan in made.scans))


def _is_named(made: Plan, edge: Edge, node: str) -> bool:
    """Whether anything else hangs on the relationship, or on the node."""
    pattern = made.pattern
    names = {edge.name, node}
    listed = {part for name in (*pattern.lists, *pattern.paths) for part in pattern.parts(name)}
    told_apart = any(edge.name in pair for pair in pattern.unequal)
    return told_apart or bool(names & listed) or any(names & pattern.depends(part) for part in made.residual)
