"""Forward decay: weights grow with the time of the event instead of shrinking with its age, so that order is nothing.

Source: Cormode, Shkapenyuk, Srivastava, Xu: Forward Decay, ICDE 2009, https://doi.org/10.1109/ICDE.2009.65
"""

import numpy as np
import numpy.typing as npt

from stream_processors.features.columns import Columns

#: 2020-01-01 UTC, in ms: weights are relative to it until they would leave the range of a double.
LANDMARK = 1_577_836_800_000
#: Half-lives behind the landmark at which it is moved; a double holds 1023.
MOVE_AT = 900

Array = npt.NDArray[np.float64]


class Decay:
    """One exponentially decayed sum a customer, kept in a column."""

    def __init__(self, columns: Columns, column: str, half_life: int) -> None:
        """`half_life` in ms."""
        self._columns = columns
        self._column = column
        self._half_life = half_life
        self.landmark = LANDMARK

    def add(self, rows: npt.NDArray[np.int64], weights: Array, times: npt.NDArray[np.int64]) -> None:
        """Adds weights at their event times (ms)."""
        np.add.at(self._columns[self._column], rows, weights * np.exp2((times - self.landmark) / self._half_life))

    def advance(self, clock: int) -> None:
        """Moves the landmark where the clock has run far from it: by powers of two, hence without rounding."""
        halvings = (clock - self.landmark) // self._half_life
        if halvings > MOVE_AT:
            self._columns.touch_all()
            sums = self._columns[self._column]
            np.ldexp(sums, -int(halvings), out=sums)
            self.landmark += int(halvings) * self._half_life

    def values(self, rows: npt.NDArray[np.int64], clock: int) -> Array:
        """The sums as of the clock."""
        faded = np.exp2((self.landmark - clock) / self._half_life)
        out: Array = self._columns[self._column][rows] * faded
        return out
