"""Columns of one value a customer, grown together."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Field(NamedTuple):
    """A column's type and what a new row holds."""

    dtype: Any
    initial: Any = 0


class Columns:
    """Arrays of one length; `columns[name]` has room for more rows than are in use."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = dict(fields)
        self.size = 0
        self._room = 1024
        self._arrays = {name: np.full(self._room, field.initial, field.dtype) for name, field in fields.items()}

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def grow(self, size: int) -> None:
        """At least `size` rows."""
        self.size = max(self.size, size)
        if self.size <= self._room:
            return
        while self._room < self.size:
            self._room *= 2
        for name, field in self._fields.items():
            grown = np.full(self._room, field.initial, field.dtype)
            grown[: len(self._arrays[name])] = self._arrays[name]
            self._arrays[name] = grown

    def clear(self, rows: npt.NDArray[np.int64]) -> None:
        """The rows as new ones."""
        for name, field in self._fields.items():
            self._arrays[name][rows] = field.initial

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return sum(array.nbytes for array in self._arrays.values())

    def dump(self) -> dict[str, Array]:
        """Copies of the rows in use."""
        return {name: array[: self.size].copy() for name, array in self._arrays.items()}

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Takes over what `dump` gave."""
        self.size = 0
        self.grow(len(next(iter(arrays.values()))))
        for name in self._fields:
            self._arrays[name][: self.size] = arrays[name]
