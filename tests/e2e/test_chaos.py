"""Short streams under faults of a schedule, as `python -m tests.chaos` runs longer ones."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from schemas.cli import INTERRUPTED
from tests.chaos.account import WRONG
from tests.chaos.schedule import (
    CLOCK,
    CUT,
    KILL,
    KINDS,
    PAUSE,
    POISON,
    REBALANCE,
    RESTART,
    SCHEMA,
    SILENCE,
    SLOW,
)
from tests.support.waiting import GIVE_UP

#: Seeds whose five faults are of these kinds, so that each is done once. Of the first, the stream processors, quick to
#: come back, are killed while the network is cut; of the other, the network is slow while a stream processor joins.
SEEDS = {38419: (CLOCK, CUT, POISON, KILL, SCHEMA), 5558: (SILENCE, REBALANCE, SLOW, PAUSE, RESTART)}
SMALL = ("--rate", "2000", "--customers", "500")
#: A run of some minutes on a machine of its own; beside others on slow cores it is several times that.
GIVE_UP_RUN = 3 * GIVE_UP
#: The client's way in, so that all there are to kill are killed.
KILLS = ("--minutes", "0.1", "--seed", "1", "--kills", "1", "--ingest", "client", *SMALL, "--json")


def faults(seed: int) -> tuple[str, ...]:
    """Words for a short run."""
    return ("--minutes", "0.4", "--seed", str(seed), "--faults", "5", *SMALL, "--json")


@contextlib.contextmanager
def chaos(*words: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """One run, with what it makes in the folder."""
    with subprocess.Popen(
        [sys.executable, "-m", "ops.launcher.bound", "-m", "tests.chaos", *words],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        try:
            yield run
        finally:
            if run.poll() is None:
                # It takes its processes and folders with it.
                run.terminate()
                run.communicate()


def finished(run: subprocess.Popen[str]) -> tuple[list[str], dict[str, Any]]:
    """What it said, and its account, in which all is well."""
    said, _ = run.communicate(timeout=GIVE_UP_RUN)
    assert run.returncode == 0, said
    *lines, last = said.splitlines()
    found: dict[str, Any] = json.loads(last)
    assert {name: found[name] for name in WRONG} == dict.fromkeys(WRONG, 0)
    assert found["answers"] > 0
    return lines, found


def test_the_short_runs_together_do_every_kind_of_fault_but_those_to_disks() -> None:
    assert {kind for kinds in SEEDS.values() for kind in kinds} == set(KINDS)


@pytest.mark.timeout(2 * GIVE_UP_RUN)
@pytest.mark.parametrize("seed", [38419, pytest.param(5558, marks=pytest.mark.soak)])
def test_a_stream_under_faults_loses_nothing_and_counts_everything_once(tmp_path: Path, seed: int) -> None:
    with chaos(*faults(seed), folder=tmp_path) as run:
        lines, found = finished(run)
    assert found["faults"] == 5
    schedule = lines[1 : lines.index("")]
    for kind in SEEDS[seed]:
        assert any(f"s  {kind} " in line for line in schedule), kind
    assert sum(line.endswith("amid that") for line in schedule) == 1


@pytest.mark.soak
@pytest.mark.timeout(2 * GIVE_UP_RUN)
def test_three_brokers_of_which_some_die_and_are_cut_off(tmp_path: Path) -> None:
    with chaos("--brokers", "3", "--minutes", "1", "--seed", "1", *SMALL, "--json", folder=tmp_path) as run:
        _, found = finished(run)
    assert found["faults"] == 4


@pytest.mark.soak
@pytest.mark.timeout(2 * GIVE_UP_RUN)
def test_alerts_that_are_raised_amid_faults(tmp_path: Path) -> None:
    """Months of a history go by within a minute: of today's events a run sees one tick of the alerts' clock at most."""
    with chaos("--past", "--minutes", "1", "--seed", "21", *SMALL, "--json", folder=tmp_path) as run:
        _, found = finished(run)
    assert found["faults"] == 4
    assert found["alerts_in_stream"] > 0


@pytest.mark.soak
@pytest.mark.timeout(2 * GIVE_UP_RUN)
def test_each_process_is_killed_and_its_recovery_measured(tmp_path: Path) -> None:
    with chaos(*KILLS, folder=tmp_path) as run:
        _, found = finished(run)
    parts = {"kafka-1", "registry", "clickhouse", "sinks", "ingest", "stream_processors", "bolt", "api", "console"}
    assert set(found["recovery"]) == parts
    for part, figures in found["recovery"].items():
        assert figures["kills"] == 1, part
        # Slow cores may not catch up between two kills, and do at the end: nothing is stuck.
        if not figures["not_caught_up"]:
            assert figures["answers_max_s"] <= figures["caught_up_max_s"] + 0.1, part


def test_whoever_interrupts_it_amid_a_fault_has_nothing_left(tmp_path: Path) -> None:
    """No process, and no folder but that of the locks on ports, which all tests share."""
    with chaos(*faults(38419), folder=tmp_path) as run:
        assert run.stdout
        printed = iter(run.stdout)
        # The schedule, an empty line, and then what is done.
        assert any(not line.strip() for line in printed)
        assert any("s  cut kafka-1" in line for line in printed)
        ours = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=GIVE_UP)
    assert run.returncode == INTERRUPTED, said
    gone, alive = psutil.wait_procs(ours, timeout=GIVE_UP)
    assert not alive, alive
    assert len(gone) > 5
    assert not [left for left in tmp_path.iterdir() if not left.name.startswith("c360-test-ports")]
