"""Chromium: from PATH, or installed from Debian's package where the tests may do that, and a page in it."""

import contextlib
import fcntl
import functools
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from schemas.settings import settings
from tests.support.waiting import GIVE_UP

PACKAGE = "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: It asks nobody for anything by itself.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser with an empty profile; skips the test where there is none and no way to get it."""
    path = _program()
    if path is None:
        pytest.skip(f"there is no Chromium, and apt cannot install Debian's package {PACKAGE} here")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield opened
        finally:
            opened.close()


@functools.cache
def _program() -> str | None:
    cache = settings().cache
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f".{PACKAGE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _found() or (_found() if _install() else None)


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _install() -> bool:
    """Its libraries are dozens of packages: they are installed, which root alone may do."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    install = ("install", "--yes", "--quiet", "--no-install-recommends", PACKAGE)
    # A fresh machine may know of no packages yet.
    return _apt(*install) or (_apt("update", "--quiet") and _apt(*install))


def _apt(*words: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *words], env=environment, capture_output=True, timeout=GIVE_UP, check=False
    )  # fmt: skip
    return done.returncode == 0
