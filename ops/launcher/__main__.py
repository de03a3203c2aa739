"""`python -m ops.launcher SPEC`: waits, prepares, and becomes the part, so that its pid is the part's own."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from ops.launcher.kin import die_with_parent
from ops.launcher.spec import Launches, LaunchSpec, launches_path
from schemas.memory import cap

POLL_SECONDS = 0.05
SAY_AFTER_SECONDS = 5.0
#: A part that lived shorter than this is started again only after PAUSE_SECONDS.
SHORT_LIFE_SECONDS = 3.0
PAUSE_SECONDS = 1.0
OPEN_FILES = 65536


def main(path: Path) -> None:
    """Never returns unless the preparation fails."""
    die_with_parent()
    _raise_open_files()
    spec = LaunchSpec.read(path)
    _pause_after_short_life(path)
    if spec.preparation and not Path(spec.preparation.unless).exists():
        subprocess.run(spec.preparation.command, check=True)
    _wait_for(spec)
    if spec.memory:
        cap(spec.memory)
    os.execv(spec.command[0], spec.command)


def _raise_open_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _pause_after_short_life(path: Path) -> None:
    last = Launches.read(launches_path(path))
    if time.time() - last.at < SHORT_LIFE_SECONDS:
        time.sleep(PAUSE_SECONDS)
    Launches(last.count + 1, time.time()).write(launches_path(path))


def _wait_for(spec: LaunchSpec) -> None:
    for name, probe in spec.needs.items():
        say_at = time.monotonic() + SAY_AFTER_SECONDS
        while not probe.answers():
            if time.monotonic() > say_at:
                say_at = float("inf")
                print(f"{spec.name} is waiting for {name} ({probe.target})", flush=True)
            time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (OSError, subprocess.CalledProcessError) as error:
        code = getattr(error, "returncode", None)
        print(f"cannot start: {error if code is None else f'the preparation ended with {code}'}", file=sys.stderr)
        sys.exit(1)
