"""Programs that tests build from sources beside them, once for each state of these."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from schemas.settings import read_settings


def cached(name: str, *sources: Path) -> Path:
    """A folder that stays, for what is built from these sources."""
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    folder = read_settings().cache / "contract" / f"{name}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def go_program(name: str, source: Path) -> Path:
    """A program in Go; the test is skipped without Go, or where its modules cannot be had."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    built = cached(name, *sorted(source.iterdir())) / "program"
    if not built.exists():
        command = ["go", "build", "-o", str(built), "."]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
        if done.returncode != 0 and "dial tcp" in done.stderr:
            pytest.skip("Go's modules are not in its cache and cannot be fetched")
        assert done.returncode == 0, done.stderr
    return built
