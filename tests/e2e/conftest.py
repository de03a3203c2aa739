"""One whole stack for the end-to-end tests."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.settings import Settings
from tests.support.stack import own_settings, running


@dataclass(frozen=True)
class Stack:
    """A running stack and what its commands need in their environment."""

    settings: Settings
    environment: dict[str, str]


@contextlib.contextmanager
def whole_stack(folder: Path) -> Iterator[Stack]:
    """A stack with its state in that folder."""
    settings = own_settings(folder / "home", snapshot_seconds=2.0)
    with running(settings) as environment:
        yield Stack(settings, environment)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with whole_stack(tmp_path_factory.mktemp("e2e")) as stack:
        yield stack
