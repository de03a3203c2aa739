"""Values of a column as ClickHouse's JSON has them, read by the column's type."""

import datetime as dt
from collections.abc import Callable
from typing import Any

Decode = Callable[[Any], Any]

_SAME = (
    "String", "FixedString", "UUID", "Enum", "IPv4", "IPv6", "Bool", "Int", "UInt", "Nothing", "JSON", "Dynamic",
    "Variant", "Object",
)  # fmt: skip
_OTHERS: tuple[tuple[str, Decode], ...] = (
    # Not a number and infinity are written as words.
    ("Float", float),
    ("BFloat", float),
    # Exact until here: PackStream has no decimals.
    ("Decimal", float),
    ("DateTime", lambda text: _utc(dt.datetime.fromisoformat(text))),
    ("Date", dt.date.fromisoformat),
)
#: What is written before the type that counts.
_WRAPPERS = ("Nullable(", "LowCardinality(")


def decoder(type_name: str) -> Decode | None:
    """How a value of this type is read; None where it is what JSON says."""
    for wrapper in _WRAPPERS:
        if type_name.startswith(wrapper):
            return decoder(type_name[len(wrapper) : -1])
    if type_name.startswith("Array("):
        return _of_items(decoder(type_name[6:-1]))
    if type_name.startswith("Map("):
        return _of_values(decoder(parts(type_name[4:-1])[1]))
    if type_name.startswith("Tuple("):
        return _of_tuple(parts(type_name[6:-1]))
    for start, decode in _OTHERS:
        if type_name.startswith(start):
            return _unless_null(decode)
    if type_name.startswith(_SAME):
        return None
    raise ValueError(f"values of the type {type_name} cannot be shown: turn them into text")


def parts(inside: str) -> list[str]:
    """The types between the brackets of a compound type."""
    found, depth, start, quoted = [], 0, 0, False
    for place, sign in enumerate(inside):
        if sign in "`'" and inside[place - 1] != "\\":
            quoted = not quoted
        depth += {"(": 1, ")": -1}.get(sign, 0) * (not quoted)
        if sign == "," and not depth and not quoted:
            found.append(inside[start:place].strip())
            start = place + 1
    return [*found, inside[start:].strip()]


def _of_items(item: Decode | None) -> Decode | None:
    if item is None:
        return None
    return lambda values: None if values is None else [item(value) for value in values]


def _of_values(item: Decode | None) -> Decode | None:
    if item is None:
        return None
    return lambda values: None if values is None else {key: item(value) for key, value in values.items()}


def _of_tuple(elements: list[str]) -> Decode | None:
    """A tuple is a list, or a map where its elements have names."""
    names, decoders = zip(*(_named(element) for element in elements), strict=True)
    if all(names):
        keys = [str(name) for name in names]
        return lambda values: (
            None
            if values is None
            else {key: _read(decode, value) for key, decode, value in zip(keys, decoders, values, strict=True)}
        )
    if not any(decoders):
        return None
    return lambda values: (
        None if values is None else [_read(decode, value) for decode, value in zip(decoders, values, strict=True)]
    )


def _named(element: str) -> tuple[str, Decode | None]:
    """Name, empty if there is none, and decoder of `name Type`."""
    if element.startswith("`"):
        name, _, rest = element[1:].partition("` ")
        return name, decoder(rest)
    name, _, rest = element.partition(" ")
    if rest and "(" not in name and not name.endswith(","):
        return name, decoder(rest)
    return "", decoder(element)


def _read(decode: Decode | None, value: Any) -> Any:
    return value if decode is None else decode(value)


def _unless_null(decode: Decode) -> Decode:
    return lambda value: None if value is None else decode(value)


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
