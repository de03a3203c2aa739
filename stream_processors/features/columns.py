"""Columns of one value a customer, grown together; they know which rows a snapshot has yet to take."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stream_processors.features.arrays import Arrays, Dump

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
        self._touched = np.zeros(self._room, np.bool_)

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
        self._touched = np.append(self._touched, np.zeros(self._room - len(self._touched), np.bool_))

    def touch(self, rows: npt.NDArray[np.integer[Any]]) -> None:
        """Rows that are about to change: whoever writes to a column says so."""
        self._touched[rows] = True

    def touch_all(self) -> None:
        """Every row is about to change."""
        self._touched[: self.size] = True

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return sum(array.nbytes for array in self._arrays.values())

    def dump(self, *, whole: bool) -> Dump:
        """The rows touched since the last dump, or all."""
        touched = np.flatnonzero(self._touched[: self.size])
        self._touched[:] = False
        size = np.array([self.size], np.int64)
        if whole or 2 * len(touched) > self.size:
            copies = {name: array[: self.size].copy() for name, array in self._arrays.items()}
            return lambda: {"size": size, **copies}
        rows = touched.astype(np.int32)
        taken = {name: array[touched] for name, array in self._arrays.items()}
        return lambda: {"size": size, "rows": rows, **taken}

    def apply(self, arrays: Arrays) -> None:
        """Takes over what `dump` gave, on top of what the dumps before gave."""
        size = int(arrays["size"][0])
        self.grow(size)
        rows: Any = arrays.get("rows", slice(0, size))
        for name in self._fields:
            self._arrays[name][rows] = arrays[name]
