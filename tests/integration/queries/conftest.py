"""One engine for all tests of the folder."""

from collections.abc import Iterator

import pytest

from tests.integration.queries.engine import ChildDatabase, child_database


@pytest.fixture(scope="package")
def database() -> Iterator[ChildDatabase]:
    with child_database() as database:
        yield database
