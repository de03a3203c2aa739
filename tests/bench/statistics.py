"""What benchmarks share: quantiles, and processor time and memory of the parts of a stack."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return quantile(values, 0.5)


@dataclass
class Usage:
    """Processor time and peak memory of named process trees between two moments."""

    pids: Mapping[str, int]
    began: float = 0.0
    used: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """From here on."""
        self.began = time.monotonic()
        self.used = {part: _seconds(pid) for part, pid in self.pids.items()}

    def sample(self) -> None:
        """Looks at memory; call it now and then."""
        for part, pid in self.pids.items():
            self.peak[part] = max(self.peak.get(part, 0.0), _resident_mb(pid))

    def cores(self) -> dict[str, float]:
        """Cores used since start, by part."""
        elapsed = time.monotonic() - self.began
        return {part: round((_seconds(pid) - self.used[part]) / elapsed, 3) for part, pid in self.pids.items()}

    def resident_mb(self) -> dict[str, int]:
        """The highest memory seen, by part, in MB."""
        return {part: round(value) for part, value in self.peak.items()}


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _seconds(pid: int) -> float:
    total = 0.0
    for process in _tree(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def _resident_mb(pid: int) -> float:
    total = 0
    for process in _tree(pid):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6
