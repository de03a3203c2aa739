"""Which of the columns that rows are grouped by, or counted apart by, can be codes: those with few distinct values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from queries.graph.scope import Element
from queries.graph.sql_relations import Slot, slots_of
from queries.graph.stages import Stage
from queries.graph.syntax import Aggregate, Expression, Id, Property
from queries.graph.view import EdgeType, NodeType, Source

#: Before the name of a property whose code is meant; alone where it is that of the node's key.
MARK = "#"


def plain(key: str) -> str:
    """The property that a slot's key is, or is the code of; empty for the node's key."""
    return key.removeprefix(MARK)


def is_code(key: str | None) -> bool:
    """Whether a slot holds a code."""
    return key is not None and key.startswith(MARK)


class Code(NamedTuple):
    """A slot, the slot of its code, and the table and column that its values are read from."""

    slot: Slot
    code: Slot
    source: Source
    column: str


Codes = Mapping[Expression, Code]


def property_source(node: NodeType, key: str) -> Source | None:
    """Where a property's values are, if they are few."""
    column = node.columns.get(key)
    source = node.source(frozenset({column})) if column is not None else None
    return source if source is not None and column in source.few else None


def key_source(edge: EdgeType, column: str) -> Source | None:
    """Where the values of a column that holds the key of an edge's end are, if they are few."""
    source = edge.sources[0]
    return source if column in source.few else None


def codes_of(stage: Stage, keys: Sequence[Expression], aggregates: Iterable[Aggregate]) -> Codes:
    """The keys, and what aggregates count apart, that can be codes."""
    plain = not (stage.carried or stage.optional or stage.unwind or stage.lists or stage.ties)
    if not plain or len(stage.patterns) != 1:
        return {}
    counted = {part.argument for part in aggregates if part.name == "count" and part.distinct and part.argument}
    others = [part for part in aggregates if part.argument is not None and not (part.name == "count" and part.distinct)]
    taken = {slot for part in others for slot in slots_of(part)}
    direct = [part for part in dict.fromkeys((*keys, *counted)) if isinstance(part, (Id, Property))]
    taken |= {slot for part in (*keys, *counted) if part not in direct for slot in slots_of(part)}
    found = {part: _code(stage, part) for part in direct}
    return {part: code for part, code in found.items() if code is not None and code.slot not in taken}


def _code(stage: Stage, part: Id | Property) -> Code | None:
    name, pattern = part.variable, stage.patterns[0]
    entry = stage.scope.get(name)
    kind = entry.only if isinstance(entry, Element) and not entry.nullable else None
    edges = pattern.at(name) if isinstance(kind, NodeType) and name in pattern.nodes else ()
    if not isinstance(kind, NodeType) or not edges:
        return None
    if isinstance(part, Property):
        source = property_source(kind, part.key)
        return Code((name, part.key), (name, MARK + part.key), source, kind.columns[part.key]) if source else None
    columns = {(edge.type.name, edge.key(name)): key_source(edge.type, edge.key(name)) for edge in edges}
    sources = set(columns.values())
    column = next(iter(columns))[1]
    source = sources.pop() if len(sources) == 1 else None
    return Code((name, None), (name, MARK), source, column) if source is not None else None
