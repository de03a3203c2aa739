"""The same suite over partitions in memory, over a real Kafka's, and over one in a container where there is Docker."""

from collections.abc import Iterator

import pytest

from schemas.settings import Settings
from tests.contract.faust.backends import Backend, Kafka, Memory
from tests.support.containers import start_kafka
from tests.support.stack import own_settings, running


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running Kafka."""
    settings = own_settings(tmp_path_factory.mktemp("kafka") / "home")
    with running(settings, parts=("kafka",)):
        yield settings


@pytest.fixture(scope="session")
def kafka_container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Kafka in a container."""
    with start_kafka() as bootstrap:
        yield own_settings(tmp_path_factory.mktemp("container") / "home", kafka_bootstrap=bootstrap)


@pytest.fixture(params=["memory", "kafka", "container"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Empty partitions, and a group that has committed nothing."""
    if request.param == "memory":
        return Memory()
    return Kafka(request.getfixturevalue("kafka" if request.param == "kafka" else "kafka_container"))
