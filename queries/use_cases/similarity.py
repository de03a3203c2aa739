"""Which customers began most like another, and what became of them. No database in here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.use_cases.report import Row

Floats = npt.NDArray[np.float64]
YEAR = 365.0
#: What a difference weighs: of segment, channel and country; and of the logarithms of purchases, spend (USD), looks.
SEGMENT, CHANNEL, COUNTRY = 2.0, 0.3, 0.2
AMOUNTS = (("purchases", 1.0), ("spend", 0.3), ("looks", 0.5))


@dataclass(frozen=True)
class Judged:
    """Mean absolute errors (USD) over `customers` whose year is known: of the prediction, and of the mean of all."""

    customers: int
    error: float
    error_of_mean: float


class Beginnings:
    """Customers by how they began: rows of profiles.sql."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._kinds = [np.array([row[name] for row in rows]) for name in ("segment", "channel", "country")]
        amounts = [[max(float(row[name]), 0.0) for row in rows] for name, _ in AMOUNTS]
        self._amounts = np.log1p(np.array(amounts, np.float64))
        self._value = np.array([row["value"] for row in rows], np.float64)
        self._days = np.array([row["days"] for row in rows], np.float64)

    def nearest(self, row: Row, count: int) -> list[int]:
        """Places of the others who began most like a customer, the most alike first.

        The distance is the sum of the weights of what differs and of the weighted differences of the logarithms.
        """
        distance = np.zeros(len(self.rows))
        for kinds, name, weight in zip(
            self._kinds, ("segment", "channel", "country"), (SEGMENT, CHANNEL, COUNTRY), strict=True
        ):
            distance += weight * (kinds != row[name])
        for amounts, (name, weight) in zip(self._amounts, AMOUNTS, strict=True):
            distance += weight * np.abs(amounts - np.log1p(max(float(row[name]), 0.0)))
        order = np.argsort(distance, kind="stable")
        return [int(place) for place in order if self.rows[place]["customer_id"] != row["customer_id"]][:count]

    def year(self, places: Sequence[int]) -> float:
        """USD that these paid in 365 days, on average: all they paid over all the days that they are known for."""
        days = float(self._days[list(places)].sum())
        return float(self._value[list(places)].sum()) / days * YEAR if days else 0.0

    def years(self) -> Floats:
        """USD in 365 days at each one's own rate."""
        return self._value / np.maximum(self._days, 1.0) * YEAR

    def judged(self, count: int, sample: int) -> Judged:
        """How far the prediction is off, for as many as `sample` customers spread over all: each is predicted from
        the others, by its first days alone, and held against what it paid."""
        places = np.unique(np.linspace(0, len(self.rows) - 1, num=min(sample, len(self.rows))).astype(int))
        own = self.years()
        predicted = np.array([self.year(self.nearest(self.rows[place], count)) for place in places])
        whole = self.year(range(len(self.rows)))
        return Judged(
            len(places), float(np.abs(predicted - own[places]).mean()), float(np.abs(whole - own[places]).mean())
        )
