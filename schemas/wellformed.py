"""Whether bytes are well-formed Avro of a schema. Readers take more than that: fastavro counts a negative code from the
end of an enum's symbols, and a negative length is all that is left.

Source: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
"""

from collections.abc import Callable, Mapping
from typing import Any

from schemas.errors import WireError

#: Bytes of the longest encoding of a 64-bit integer.
LONGEST_VARINT = 10
_WIDTHS = {"null": 0, "float": 4, "double": 8}


class Walk:
    """Steps over one value at a time."""

    def __init__(self, body: bytes, at: int) -> None:
        self._body = body
        self.at = at
        self._named: dict[str, Any] = {}
        self._steps: Mapping[str, Callable[[Any], None]] = {
            "boolean": lambda _: self._expect(self._byte() < 2, "a boolean is neither 0 nor 1"),
            "int": lambda _: self._expect(-(1 << 31) <= self._long() < 1 << 31, "an int takes more than 32 bits"),
            "long": lambda _: self._expect(-(1 << 63) <= self._long() < 1 << 63, "a long takes more than 64 bits"),
            "bytes": lambda _: self._skip(self._long()),
            "string": lambda _: self._skip(self._long()),
            "fixed": lambda kind: self._skip(kind["size"]),
            "enum": self._enum,
            "record": self._record,
            "array": lambda kind: self._blocks(kind["items"]),
            "map": lambda kind: self._blocks("string", kind["values"]),
        }

    def value(self, kind: Any) -> None:
        """Steps over a value of a type.

        Raises:
            WireError: there is none.
        """
        if isinstance(kind, list):
            branch = self._long()
            self._expect(0 <= branch < len(kind), f"a union's branch is not below {len(kind)}")
            self.value(kind[branch])
            return
        name = kind["type"] if isinstance(kind, dict) else kind
        if isinstance(kind, dict) and "name" in kind:
            self._named[kind["name"]] = kind
        if not isinstance(name, str):
            self.value(name)
        elif name in _WIDTHS:
            self._skip(_WIDTHS[name])
        elif name in self._steps:
            self._steps[name](kind)
        else:
            self._expect(name in self._named, f"a type {name} that the schema does not have")
            self.value(self._named[name])

    def _record(self, kind: Any) -> None:
        for field in kind["fields"]:
            self.value(field["type"])

    def _enum(self, kind: Any) -> None:
        count = len(kind["symbols"])
        self._expect(0 <= self._long() < count, f"an enum code is not below {count}")

    def _blocks(self, *kinds: Any) -> None:
        while count := self._long():
            if count < 0:
                # The block's size in bytes stands behind such a count.
                self._expect(self._long() >= 0, "a block's size is negative")
            # Nothing is looped over that cannot be: an item has a byte at least.
            self._expect(abs(count) <= len(self._body) - self.at, f"a block of {abs(count)} items is not there")
            for _ in range(abs(count)):
                for kind in kinds:
                    self.value(kind)

    def _long(self) -> int:
        value = 0
        for place in range(LONGEST_VARINT):
            byte = self._byte()
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                self._expect(value < 1 << 64, "an integer takes more than 64 bits")
                return (value >> 1) ^ -(value & 1)
        raise WireError("an integer takes more than 64 bits")

    def _byte(self) -> int:
        self._skip(1)
        return self._body[self.at - 1]

    def _skip(self, count: int) -> None:
        self._expect(count >= 0, "a length is negative")
        self._expect(count <= len(self._body) - self.at, "the record ends before its last field")
        self.at += count

    @staticmethod
    def _expect(true: bool, reason: str) -> None:
        if not true:
            raise WireError(reason)
