"""What the parts of a state give to a snapshot, and take back: named arrays."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
#: What was taken from a part, quickly and for good; calling it puts the arrays together, in any thread.
Dump = Callable[[], Arrays]


def together(dumps: Mapping[str, Dump]) -> Dump:
    """The arrays of several parts, each name after its part's."""
    return lambda: {f"{part}.{name}": array for part, dump in dumps.items() for name, array in dump().items()}


def of(part: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """The arrays of one part by their own names."""
    prefix = part + "."
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
