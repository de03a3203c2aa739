"""Parameters: of what kind their values are, and how ClickHouse is given them."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from queries import values
from queries.graph.kinds import kind_of_value
from queries.graph.shapes import AnyKind, Kind, ListKind, MapKind, is_text, name_of
from schemas.errors import UsageError

TYPES: tuple[tuple[type, str], ...] = (
    (bool, "Bool"),
    (int, "Int64"),
    (float, "Float64"),
    (Decimal, "Decimal(38, 6)"),
    (str, "String"),
    (dt.datetime, "DateTime64(3, 'UTC')"),
    (dt.date, "Date32"),
    (type(None), "Nullable(Nothing)"),
)
#: Name, ClickHouse's type and kind of a parameter.
Given = tuple[str, str, Kind]
_KNOWN = tuple(kind for kind, _ in TYPES)


def described(given: Mapping[str, object]) -> tuple[Given, ...]:
    """What is known of parameters before a query is compiled.

    Raises:
        UsageError: a value cannot be one of Cypher.
    """
    return tuple(sorted((_described(name, value) for name, value in given.items()), key=lambda item: item[0]))


def written(value: object) -> str:
    """The value as ClickHouse is given it."""
    kind = kind_of_value(value)
    return values.text(json.dumps(_json(value, kind), ensure_ascii=False) if is_text(kind) else value)


def _described(name: str, value: Any) -> Given:
    if not values.is_unicode(name):
        raise UsageError(f"A parameter is called {name!r}: that is no text, for which UTF-8 is expected.")
    _expect_known(name, value)
    kind = kind_of_value(value)
    if is_text(kind):
        return name, "String", kind
    if isinstance(value, (list, tuple)):
        return name, f"Array({_type(value[0]) if value else 'String'})", kind
    return name, _type(value), kind


def _type(value: Any) -> str:
    return next(type_name for kind, type_name in TYPES if isinstance(value, kind))


def _expect_known(name: str, value: Any) -> None:
    if isinstance(value, (list, tuple)):
        for item in value:
            _expect_known(name, item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not values.is_unicode(key):
                raise UsageError(f"The parameter '{name}' is a map with the key {key!r}: Cypher's keys are texts.")
            _expect_known(name, item)
    elif isinstance(value, str) and not values.is_unicode(value):
        raise UsageError(f"The parameter '{name}' is {value!r}: that is no text, for which UTF-8 is expected.")
    elif isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        raise UsageError(f"The parameter '{name}' is {value}: Cypher's whole numbers have 64 bits.")
    elif not isinstance(value, _KNOWN):
        raise UsageError(f"The parameter '{name}' is a {type(value).__name__}, which Cypher has not.")


def _json(value: Any, kind: Kind) -> Any:
    """A value as JSON text holds it (see queries.graph.packing)."""
    if value is None:
        return None
    if isinstance(kind, AnyKind):
        member = kind.member(name_of(kind_of_value(value)))
        return [name_of(member), _json(value, member)]
    if isinstance(kind, ListKind):
        return [_json(item, kind.item) for item in value]
    if isinstance(kind, MapKind):
        return {key: _json(value[key], own) for key, own in kind.fields if key in value}
    if kind == "datetime":
        return values.text(value)
    return str(value) if kind in {"float", "decimal", "date"} else value
