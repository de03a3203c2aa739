"""Whether bytes are well-formed Avro of a schema. Readers take more than that: fastavro counts a negative code from the
end of an enum's symbols, and a negative length is all that is left.

What a schema's values are stepped over by is made once: it is asked of every record that fastavro reads.
Source: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
"""

from collections.abc import Callable
from typing import Any

from schemas.errors import WireError

#: Bytes of the longest encoding of a 64-bit integer.
LONGEST_VARINT = 10
#: Schemas whose steps are held; nobody reads by so many but tests.
MOST_HELD = 1000
_ENDS = "the record ends before its last field"

#: From a value's place in the bytes to the place behind it, which may lie behind the last byte: who asks last looks.
Step = Callable[[bytes, int], int]

# By identity: a schema is a dictionary, and one that is held here is nobody else's id.
_held: dict[int, tuple[Any, Step]] = {}


def behind(body: bytes, at: int, schema: Any) -> int:
    """The place behind the value of a schema that begins at `at`.

    Raises:
        WireError: there is none.
    """
    if id(schema) not in _held:
        if len(_held) >= MOST_HELD:
            _held.clear()
        _held[id(schema)] = schema, _step(schema, {})
    try:
        end = _held[id(schema)][1](body, at)
    except IndexError:
        raise WireError(_ENDS) from None
    if end > len(body):
        raise WireError(_ENDS)
    return end


def _step(kind: Any, named: dict[str, Step]) -> Step:
    """Over a value of a type; `named` gets those that have a name, whichever branch their definition stands in."""
    if isinstance(kind, list):
        return _union([_step(one, named) for one in kind])
    name = kind["type"] if isinstance(kind, dict) else kind
    if not isinstance(name, str):
        return _step(name, named)
    if name in _PLAIN:
        return _PLAIN[name]
    if name not in _MAKERS:
        return _named(name, named)
    made = _MAKERS[name](kind, named)
    if "name" in kind:
        named[kind["name"]] = made
    return made


def _named(name: str, named: dict[str, Step]) -> Step:
    """Looked up when it is stepped over: a type may refer to itself."""

    def step(body: bytes, at: int) -> int:
        if name not in named:
            raise WireError(f"a type {name} that the schema does not have")
        return named[name](body, at)

    return step


def _record(kind: Any, named: dict[str, Step]) -> Step:
    steps = [_step(field["type"], named) for field in kind["fields"]]

    def step(body: bytes, at: int) -> int:
        for one in steps:
            at = one(body, at)
        return at

    return step


def _union(branches: list[Step]) -> Step:
    def step(body: bytes, at: int) -> int:
        branch, at = _long(body, at)
        if not 0 <= branch < len(branches):
            raise WireError(f"a union's branch is not below {len(branches)}")
        return branches[branch](body, at)

    return step


def _enum(kind: Any, _: dict[str, Step]) -> Step:
    count = len(kind["symbols"])

    def step(body: bytes, at: int) -> int:
        code, at = _long(body, at)
        if not 0 <= code < count:
            raise WireError(f"an enum code is not below {count}")
        return at

    return step


def _blocks(*steps: Step) -> Step:
    def step(body: bytes, at: int) -> int:
        while True:
            count, at = _long(body, at)
            if not count:
                return at
            if count < 0:
                # The block's size in bytes stands behind such a count.
                size, at = _long(body, at)
                if size < 0:
                    raise WireError("a block's size is negative")
                count = -count
            # Nothing is looped over that cannot be. Items of no bytes, which no schema here has, are refused as well.
            if count > len(body) - at:
                raise WireError(f"a block of {count} items is not there")
            for _ in range(count):
                for one in steps:
                    at = one(body, at)

    return step


def _width(size: int) -> Step:
    return lambda _, at: at + size


def _long(body: bytes, at: int) -> tuple[int, int]:
    """An integer, and the place behind it."""
    value = body[at]
    at += 1
    if value >= 0x80:
        value &= 0x7F
        for shift in range(7, 7 * LONGEST_VARINT, 7):
            byte = body[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        else:
            value = 1 << 64
        if value >= 1 << 64:
            raise WireError("an integer takes more than 64 bits")
    return (value >> 1) ^ -(value & 1), at


def _int(body: bytes, at: int) -> int:
    value, at = _long(body, at)
    if not -(1 << 31) <= value < 1 << 31:
        raise WireError("an int takes more than 32 bits")
    return at


def _text(body: bytes, at: int) -> int:
    size, at = _long(body, at)
    if size < 0:
        raise WireError("a length is negative")
    return at + size


def _boolean(body: bytes, at: int) -> int:
    if body[at] > 1:
        raise WireError("a boolean is neither 0 nor 1")
    return at + 1


_PLAIN: dict[str, Step] = {
    "null": _width(0),
    "boolean": _boolean,
    "int": _int,
    "long": lambda body, at: _long(body, at)[1],
    "float": _width(4),
    "double": _width(8),
    "bytes": _text,
    "string": _text,
}
_MAKERS: dict[str, Callable[[Any, dict[str, Step]], Step]] = {
    "record": _record,
    "enum": _enum,
    "fixed": lambda kind, _: _width(kind["size"]),
    "array": lambda kind, named: _blocks(_step(kind["items"], named)),
    "map": lambda kind, named: _blocks(_text, _step(kind["values"], named)),
}
