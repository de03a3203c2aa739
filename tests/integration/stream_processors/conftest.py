"""A Kafka and a registry for all tests of this folder, and topics of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.settings import Settings
from tests.integration.stream_processors.world import Shop
from tests.support.naming import named
from tests.support.stack import own_settings, running


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, dict[str, str]]]:
    own = own_settings(tmp_path_factory.mktemp("stack") / "home")
    with running(own, parts=("kafka", "registry")) as variables:
        yield own, variables


@pytest.fixture
def shop(stack: tuple[Settings, dict[str, str]], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    own, variables = stack
    made = Shop(own.model_copy(update={"topic_prefix": f"{named(request, 15)}."}), variables, tmp_path)
    yield made
    made.close()
