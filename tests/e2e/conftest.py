"""One whole stack for all end-to-end tests."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from schemas.settings import Settings
from tests.support.stack import own_settings, running


@dataclass(frozen=True)
class Stack:
    """A running stack and what its commands need in their environment."""

    settings: Settings
    environment: dict[str, str]


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = own_settings(tmp_path_factory.mktemp("e2e") / "home", snapshot_seconds=2.0)
    with running(settings) as environment:
        yield Stack(settings, environment)
