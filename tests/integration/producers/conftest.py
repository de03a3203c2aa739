"""One Kafka and registry for the tests of the producers; each test has topics of its own on it."""

from collections.abc import Iterator

import pytest

from schemas.settings import Settings
from tests.support.stack import own_settings, running


@pytest.fixture(scope="package")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, dict[str, str]]]:
    """Settings and environment of a Kafka and a registry."""
    settings = own_settings(tmp_path_factory.mktemp("home"), producers_metrics_port=0)
    with running(settings, parts=("kafka", "registry")) as environment:
        yield settings, {**environment, "C360_PRODUCERS_METRICS_PORT": "0"}
