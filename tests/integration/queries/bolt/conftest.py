"""One engine and one Bolt server for all tests of the folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.queries.bolt.server import RunningBolt, bolt_server, world_engine


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bolt")


@pytest.fixture(scope="package")
def bolt(folder: Path) -> Iterator[RunningBolt]:
    with world_engine(folder / "engine") as (engine, world), bolt_server(engine, world, folder) as running:
        yield running
