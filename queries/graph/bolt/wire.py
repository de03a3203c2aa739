"""Values of a graph in Bolt's structures, and parameters out of them.

Source: https://neo4j.com/docs/bolt/current/bolt/structure-semantics/
"""

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from queries.graph.bolt.handshake import Version
from queries.graph.bolt.packstream import Packer, Structure, refuse
from queries.graph.elements import Node, Path, Relationship
from schemas.errors import UsageError

NODE, RELATIONSHIP, UNBOUND, PATH = 0x4E, 0x52, 0x72, 0x50
DATE, LOCAL_DATETIME = 0x44, 0x64
DATETIME, DATETIME_ZONE = 0x49, 0x69
LEGACY_DATETIME, LEGACY_DATETIME_ZONE = 0x46, 0x66

_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SECOND = dt.timedelta(seconds=1)
_OTHERS = {
    0x54: "time", 0x74: "local time", 0x45: "duration", 0x58: "point", 0x59: "point", 0x56: "vector",
    DATETIME_ZONE: "time of an unknown zone", LEGACY_DATETIME_ZONE: "time of an unknown zone",
}  # fmt: skip


def packer(version: Version, *, utc: bool) -> Packer:
    """Writes a graph's values for a version; `utc` says whether times are written in the way of 5.0."""
    shapes = _Shapes(elements=version >= (5, 0), utc=utc)
    return Packer(shapes.replaced)


class _Shapes:
    """`elements`: whether element ids are known; `utc`: whether times count from the UTC epoch."""

    def __init__(self, *, elements: bool, utc: bool) -> None:
        self._elements, self._utc = elements, utc

    def replaced(self, value: object) -> Any:
        if isinstance(value, Decimal):
            return float(value)
        if isinstance(value, dt.datetime):
            return self._moment(value)
        if isinstance(value, dt.date):
            return Structure(DATE, (value.toordinal() - _EPOCH_DAY,))
        if isinstance(value, Node):
            return self._node(value)
        if isinstance(value, Relationship):
            return self._relationship(value)
        return self._path(value) if isinstance(value, Path) else refuse(value)

    def _node(self, node: Node) -> Structure:
        fields = (node.id, node.labels, node.properties)
        return Structure(NODE, (*fields, node.element_id) if self._elements else fields)

    def _relationship(self, edge: Relationship) -> Structure:
        fields = (edge.id, edge.start, edge.end, edge.type, edge.properties)
        ids = (edge.element_id, edge.start_element_id, edge.end_element_id)
        return Structure(RELATIONSHIP, (*fields, *ids) if self._elements else fields)

    def _unbound(self, edge: Relationship) -> Structure:
        fields = (edge.id, edge.type, edge.properties)
        return Structure(UNBOUND, (*fields, edge.element_id) if self._elements else fields)

    def _path(self, path: Path) -> Structure:
        nodes = {node.element_id: node for node in path.nodes}
        edges = {edge.element_id: edge for edge in path.relationships}
        node_places = {key: place for place, key in enumerate(nodes)}
        edge_places = {key: place for place, key in enumerate(edges, 1)}
        steps: list[int] = []
        for before, edge, after in zip(path.nodes, path.relationships, path.nodes[1:], strict=False):
            forward = edge.start_element_id == before.element_id
            place = edge_places[edge.element_id]
            steps += (place if forward else -place, node_places[after.element_id])
        shapes = ([self._node(node) for node in nodes.values()], [self._unbound(edge) for edge in edges.values()])
        return Structure(PATH, (*shapes, steps))

    def _moment(self, value: dt.datetime) -> Structure:
        if value.tzinfo is None:
            return Structure(LOCAL_DATETIME, _since_epoch(value.replace(tzinfo=dt.UTC)))
        offset = int((value.utcoffset() or dt.timedelta()) / _SECOND)
        seconds, nanoseconds = _since_epoch(value)
        if self._utc:
            return Structure(DATETIME, (seconds, nanoseconds, offset))
        return Structure(LEGACY_DATETIME, (seconds + offset, nanoseconds, offset))


def parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with dates and times in place of their structures.

    Raises:
        UsageError: one is, or holds, what no query can take.
    """
    return {name: _taken(name, value) for name, value in given.items()}


def _taken(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_taken(name, item) for item in value]
    if isinstance(value, dict):
        return {key: _taken(name, item) for key, item in value.items()}
    if not isinstance(value, Structure):
        return value
    try:
        return _moment(value)
    except (KeyError, TypeError, ValueError, OverflowError):
        kind = _OTHERS.get(value.tag, f"structure {value.tag:02X}")
        raise UsageError(f"The parameter '{name}' is a {kind} that no query here can take.") from None


def _moment(value: Structure) -> dt.date | dt.datetime:
    if value.tag == DATE:
        (days,) = value.fields
        return dt.date.fromordinal(_EPOCH_DAY + days)
    if value.tag == LOCAL_DATETIME:
        return _after_epoch(*value.fields).replace(tzinfo=None)
    if value.tag in {DATETIME, LEGACY_DATETIME}:
        seconds, nanoseconds, offset = value.fields
        zone = dt.timezone(dt.timedelta(seconds=offset))
        utc = seconds if value.tag == DATETIME else seconds - offset
        return _after_epoch(utc, nanoseconds).astimezone(zone)
    seconds, nanoseconds, name = {DATETIME_ZONE: value.fields, LEGACY_DATETIME_ZONE: value.fields}[value.tag]
    # UTC is known also where the machine has no list of zones.
    zone_info = dt.UTC if name in {"UTC", "Z"} else zoneinfo.ZoneInfo(name)
    moment = _after_epoch(seconds, nanoseconds)
    return moment.astimezone(zone_info) if value.tag == DATETIME_ZONE else moment.replace(tzinfo=zone_info)


def _since_epoch(value: dt.datetime) -> tuple[int, int]:
    since = value - _EPOCH
    return since.days * 86400 + since.seconds, since.microseconds * 1000


def _after_epoch(seconds: int, nanoseconds: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
