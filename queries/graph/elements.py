"""Whole nodes, relationships and paths, as a query returns them: what Bolt sends and the renderer prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Node:
    """A node. `id` is unique among all nodes, `element_id` is what elementId() says; null properties are left out."""

    id: int
    element_id: str
    labels: tuple[str, ...]
    properties: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Relationship:
    """A relationship, from its start to its end whatever the direction in which it was walked."""

    id: int
    element_id: str
    type: str
    start: int
    start_element_id: str
    end: int
    end_element_id: str
    properties: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Path:
    """Nodes in the order of the walk, and the relationships between them: one fewer."""

    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]
