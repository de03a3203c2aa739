"""Stacks for these tests: real Kafka and registry, nothing left afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.stack import stop
from ops.stack.members import members
from schemas.settings import Settings
from tests.support.stack import own_settings


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    here = own_settings(tmp_path / "home")
    yield here
    stop(here)
    assert members(here.home) == []
