"""The collectors of a process, for one test at a time."""

from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from stream_processors.metrics import Collectors


@pytest.fixture
def collectors() -> Iterator[Collectors]:
    made = Collectors()
    yield made
    for one in vars(made).values():
        REGISTRY.unregister(one)
