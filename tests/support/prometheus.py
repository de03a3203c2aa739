"""Prometheus and promtool: from PATH, from the cache folder, or else out of Debian's package, which apt checks."""

import fcntl
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from schemas.settings import settings
from tests.support.waiting import GIVE_UP

PACKAGE = "prometheus"


def program(name: str) -> Path:
    """The path of `prometheus` or `promtool`; skips the test where there is none and no way to get it."""
    if found := shutil.which(name):
        return Path(found)
    unpacked = _unpacked()
    if unpacked is None:
        pytest.skip(f"{name} is not installed, and apt cannot download Debian's package {PACKAGE}")
    return unpacked / "usr" / "bin" / name


@functools.cache
def _unpacked() -> Path | None:
    """The package's files in the cache folder (C360_CACHE), downloaded if they are not there yet."""
    cache = settings().cache
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / PACKAGE
    with (cache / f".{PACKAGE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return folder if folder.is_dir() or _download(folder) else None


def _download(folder: Path) -> bool:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return False
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as scratch:
        command = ["apt-get", "download", "--quiet", PACKAGE]
        if subprocess.run(command, cwd=scratch, capture_output=True, timeout=GIVE_UP, check=False).returncode:
            return False
        (package,) = Path(scratch).glob("*.deb")
        whole = Path(scratch) / "whole"
        subprocess.run(["dpkg-deb", "-x", str(package), str(whole)], check=True, timeout=GIVE_UP)
        whole.rename(folder)
    return True
