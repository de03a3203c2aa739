"""The keeper of the parts keeps them, whatever becomes of its own log."""

import subprocess
import sys
from pathlib import Path

from tests.support.waiting import GIVE_UP, wait_for

CONFIG = """
[supervisord]
logfile=/dev/full
logfile_maxbytes=0
pidfile={home}/supervisord.pid
nocleanup=true

[program:part]
command={python} -c "open('{home}/starts', 'a').write('x')"
startsecs=0
autorestart=true
"""


def test_a_full_disk_does_not_end_the_supervisor(tmp_path: Path) -> None:
    """It was by what it said of a record that it could not write; what it kept was ended with it, and stayed so."""
    config, starts = tmp_path / "supervisord.conf", tmp_path / "starts"
    config.write_text(CONFIG.format(home=tmp_path, python=sys.executable))
    with Path("/dev/full").open("wb") as full:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "ops.launcher.supervise", str(config), "--attached"],
            stdin=subprocess.DEVNULL, stdout=full, stderr=full, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(
            lambda: supervisor.poll() is not None or (starts.exists() and len(starts.read_text()) > 3),
            "a part that ends is started again",
            60,
        )
        assert supervisor.poll() is None
    finally:
        supervisor.terminate()
        supervisor.wait(GIVE_UP)
