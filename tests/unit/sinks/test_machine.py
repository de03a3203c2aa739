"""The figures of the machine: there from the first scrape, each part by its name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from sinks import machine
from sinks.machine import NAME, MachineFigures

#: A supervisor of two parts, one of which is this package's process, which says what it sees.
SUPERVISOR = f"""
import os, subprocess, sys
part = lambda name, code: subprocess.Popen(
    [sys.executable, "-c", code], env=os.environ | {{"{NAME}": name}}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
other = part("kafka", "import sys; print(flush=True); sys.stdin.read()")
other.stdout.readline()
own = part("sinks", "from sinks.machine import parts; print(*parts())")
print(own.communicate()[0].decode())
other.communicate()
"""


@pytest.mark.parametrize("folder", [".", "not/there/yet"])
def test_disk_and_memory_are_those_of_the_machine(tmp_path: Path, folder: str) -> None:
    registry = CollectorRegistry()
    registry.register(MachineFigures(tmp_path / folder))
    values = {sample.name: sample.value for metric in registry.collect() for sample in metric.samples}
    assert 0 < values["c360_sinks_disk_free_bytes"] <= values["c360_sinks_disk_size_bytes"]
    assert 0 < values["c360_sinks_memory_available_bytes"] <= values["c360_sinks_memory_size_bytes"]
    assert values["c360_sinks_part_cpu_seconds_total"] > 0
    assert values["c360_sinks_part_resident_bytes"] > 0


def test_without_a_supervisor_there_is_this_process_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert list(machine.parts()) == ["sinks"]


def test_all_that_the_supervisor_keeps_is_seen() -> None:
    environment = {name: value for name, value in os.environ.items() if name != NAME}
    done = subprocess.run(
        [sys.executable, "-c", SUPERVISOR], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert sorted(done.stdout.split()) == ["kafka", "sinks"]
