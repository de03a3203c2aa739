"""A process that is bound ends with the one that started it, also when that is killed."""

import subprocess
import sys

import psutil

from tests.support.waiting import wait_for

PARENT = """
import subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-m", "ops.launcher.bound", "-c", "import time; print('up', flush=True); time.sleep(60)"],
    stdout=subprocess.PIPE,
    text=True,
    start_new_session=True,
)
assert child.stdout.readline() == "up\\n"
print(child.pid, flush=True)
child.wait()
"""


def test_it_does_not_outlive_a_killed_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child has ended")
