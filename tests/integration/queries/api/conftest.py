"""One engine and one API for all tests of the folder."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.integration.queries.api.server import RunningApi, api_server, rolled_engine


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api")


@pytest.fixture(scope="package")
def api(folder: Path) -> Iterator[RunningApi]:
    with rolled_engine(folder / "engine") as (engine, world), api_server(engine, world, folder) as running:
        yield running


@pytest.fixture(scope="package")
def client(api: RunningApi) -> Iterator[httpx2.Client]:
    with api.client() as client:
        yield client
