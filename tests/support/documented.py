"""Commands of the documentation that ask with a password, run as they stand; no program may be told it by its words."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.waiting import GIVE_UP

ROOT = Path(__file__).parents[2]
NEEDS_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
#: Notes what it is called with, as a list of processes would show it.
NOTING = '#!/bin/bash\nprintf "%s\\n" "${0##*/} $*" >> "$NOTED"\nexec "{program}" "$@"\n'


def command(page: str, begin: str) -> str:
    """The one of a page that begins so, without the comment behind it; it goes on behind a pipe or a backslash."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(rf"^(?: {{4}})?({re.escape(begin)}(?:.*[|\\]\n)*.*)", text, re.MULTILINE)
    assert len(found) == 1, f"{page} has {len(found)} commands that begin with {begin}"
    return str(found[0]).partition("   # ")[0]


def run(text: str, folder: Path, secrets: Mapping[str, str], ports: Mapping[int, int], **variables: str) -> str:
    """What it prints where .c360/secrets has these; `ports` are those in use by those that it names."""
    kept, programs, noted = folder / ".c360" / "secrets", folder / "programs", folder / "noted"
    kept.mkdir(parents=True)
    programs.mkdir()
    for name, secret in secrets.items():
        (kept / name).write_text(f"{secret}\n", encoding="utf-8")
    for name in ("curl", "sed"):
        program = programs / name
        program.write_text(NOTING.replace("{program}", str(shutil.which(name))), encoding="utf-8")
        program.chmod(0o700)
    for named, used in ports.items():
        assert f":{named}" in text
        text = text.replace(f":{named}", f":{used}")
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "NOTED": str(noted), **variables}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=GIVE_UP, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    called = noted.read_text(encoding="utf-8")
    assert "curl " in called
    assert [secret for secret in secrets.values() if secret and secret in called] == []
    return done.stdout
