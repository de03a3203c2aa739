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
    done = subprocess.run(
        [sys.executable, "-m", "ops.launcher.bound", "-m", "tests.chaos", *WORDS],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=GIVE_UP,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    *lines, last = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(last)
    assert {name: found[name] for name in WRONG} == dict.fromkeys(WRONG, 0)
    assert found["faults"] == 5
    schedule = lines[1 : lines.index("")]
    for kind in (CLOCK, CUT, POISON, KILL, SCHEMA):
        assert any(f"s  {kind} " in line for line in schedule), kind
