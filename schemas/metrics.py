"""A metric as a contract: its name, what it means and what to do when it goes wrong.

Each room declares its own in `<room>/metrics.py`; docs/metrics.md is made from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import prometheus_client


@dataclass(frozen=True)
class MetricDef:
    """One declared metric; `name` is c360_<room>_<what>_<unit> as Prometheus shows it."""

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    meaning: str
    remedy: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = prometheus_client.Histogram.DEFAULT_BUCKETS

    def counter(self) -> prometheus_client.Counter:
        """The collector of a counter, registered."""
        self._expect("counter")
        return prometheus_client.Counter(self.name, self.meaning, self.labels)

    def gauge(self) -> prometheus_client.Gauge:
        """The collector of a gauge, registered."""
        self._expect("gauge")
        return prometheus_client.Gauge(self.name, self.meaning, self.labels)

    def histogram(self) -> prometheus_client.Histogram:
        """The collector of a histogram, registered."""
        self._expect("histogram")
        return prometheus_client.Histogram(self.name, self.meaning, self.labels, buckets=self.buckets)

    def _expect(self, kind: str) -> None:
        if self.kind != kind:
            raise TypeError(f"{self.name} is a {self.kind}, not a {kind}")


def unique(definitions: Sequence[MetricDef]) -> tuple[MetricDef, ...]:
    """The definitions, once it is sure that no name is declared twice."""
    names = [definition.name for definition in definitions]
    if len(set(names)) != len(names):
        raise ValueError(f"a metric is declared twice: {sorted(names)}")
    return tuple(definitions)
