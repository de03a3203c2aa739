"""What `c360 features --verify` finds on a stack of a test."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.support.waiting import GIVE_UP

#: Whether rows that differ get fewer is looked at for so long.
WAIT_SECONDS = 120


def verified(environment: Mapping[str, str], seconds: float = GIVE_UP) -> dict[str, Any]:
    """Its figures, with time for the last rows to arrive; its exit code says the same. At the most it takes so long."""
    command = [sys.executable, "-m", "ops.cli", "features", "--verify", "--wait", str(WAIT_SECONDS), "--json"]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False, timeout=seconds)
    assert done.stdout, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == (1 if found["mismatches"] or found["waiting"] else 0), done.stderr[-2000:]
    return found
