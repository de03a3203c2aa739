"""The same suite over partitions in memory and over a real Kafka's."""

from collections.abc import Iterator

import pytest

from schemas.settings import Settings
from tests.contract.faust.backends import Backend, Kafka, Memory
from tests.support.stack import own_settings, running


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running Kafka."""
    settings = own_settings(tmp_path_factory.mktemp("kafka") / "home")
    with running(settings, parts=("kafka",)):
        yield settings


@pytest.fixture(params=["memory", "kafka"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Empty partitions, and a group that has committed nothing."""
    return Memory() if request.param == "memory" else Kafka(request.getfixturevalue("kafka"))
