"""What the machine has left, and what each part of the embedded stack takes of it, looked up at each scrape."""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sinks.metrics import DISK_FREE, DISK_SIZE, MEMORY_AVAILABLE, MEMORY_SIZE, PART_CPU, PART_RESIDENT

#: By this, supervisord tells each process which program it is.
NAME = "SUPERVISOR_PROCESS_NAME"
OWN = "sinks"


class MachineFigures(Collector):
    """Of the disk of `home`, the memory, and the processes that the same supervisor keeps."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def describe(self) -> list[Metric]:
        """Nothing: what there is, is found at each scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures of now."""
        disk, memory = shutil.disk_usage(_nearest(self._home)), psutil.virtual_memory()
        for definition, value in (
            (DISK_FREE, disk.free),
            (DISK_SIZE, disk.total),
            (MEMORY_AVAILABLE, memory.available),
            (MEMORY_SIZE, memory.total),
        ):
            yield GaugeMetricFamily(definition.name, definition.meaning, value=value)
        cpu = CounterMetricFamily(PART_CPU.name, PART_CPU.meaning, labels=PART_CPU.labels)
        resident = GaugeMetricFamily(PART_RESIDENT.name, PART_RESIDENT.meaning, labels=PART_RESIDENT.labels)
        for part, (seconds, size) in sorted(parts().items()):
            cpu.add_metric([part], seconds)
            resident.add_metric([part], size)
        yield cpu
        yield resident


def parts() -> dict[str, tuple[float, int]]:
    """Seconds of CPU and bytes of memory of each part, its processes together; without a supervisor, of this one."""
    found: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for process in _kept():
        try:
            with process.oneshot():
                part = process.environ().get(NAME, OWN)
                times, size = process.cpu_times(), process.memory_info().rss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        seconds, held = found[part]
        found[part] = (seconds + times.user + times.system, held + size)
    return dict(found)


def _kept() -> list[psutil.Process]:
    """Every process below the supervisor, which is the nearest ancestor that is no part itself."""
    own = psutil.Process()
    if NAME not in os.environ:
        return [own]
    for above in own.parents():
        try:
            if NAME not in above.environ():
                return above.children(recursive=True)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            break
    return [own]


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())
