"""A short stream under faults of a schedule, as `python -m tests.chaos` runs longer ones."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.chaos.run import WRONG
from tests.chaos.schedule import CLOCK, CUT, KILL, POISON, SCHEMA
from tests.support.waiting import GIVE_UP

#: Its faults are the five kinds below; the killed one is the stream processors, quick to come back.
SEED = "706"
WORDS = ("--minutes", "0.4", "--seed", SEED, "--faults", "5", "--rate", "2000", "--customers", "500", "--json")


def test_a_stream_under_faults_loses_nothing_and_counts_everything_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ops.launcher.bound", "-m", "tests.chaos", *WORDS],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        try:
            said, _ = run.communicate(timeout=GIVE_UP)
        except subprocess.TimeoutExpired:
            # It says how far it was, and takes its processes and folders with it.
            run.terminate()
            said, _ = run.communicate()
    assert run.returncode == 0, said
    *lines, last = said.splitlines()
    found: dict[str, Any] = json.loads(last)
    assert {name: found[name] for name in WRONG} == dict.fromkeys(WRONG, 0)
    assert found["faults"] == 5
    schedule = lines[1 : lines.index("")]
    for kind in (CLOCK, CUT, POISON, KILL, SCHEMA):
        assert any(f"s  {kind} " in line for line in schedule), kind
