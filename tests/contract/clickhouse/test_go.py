"""clickhouse-go over HTTP, which Grafana's ClickHouse data source is built on."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.grafana.__main__ import FOLDER
from schemas.settings import Settings
from sinks import statements
from tests.contract.clickhouse.conftest import DATABASE, Backend
from tests.support.built import go_program
from tests.support.waiting import GIVE_UP

SOURCE = Path(__file__).with_name("go")
MADE = re.compile(r"(?:--[^\n]*\n|\s)*CREATE (?:OR REPLACE )?(?:TABLE|VIEW)(?: IF NOT EXISTS)? (\w+)")

#: With empty caches, the first test fetches and compiles the driver and all it needs.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def program() -> Path:
    """The client, built once for these sources."""
    return go_program("go", SOURCE)


@pytest.fixture
def tables(backend: Backend) -> Iterator[None]:
    """What panels ask, without a row."""
    made = [*statements.tables(Settings(clickhouse_database=DATABASE)), *statements.rollups()]
    writer = backend.client()
    for statement in made:
        writer.command(statement)
    yield
    for name in statements.rollup_objects():
        writer.command(f"DROP TABLE IF EXISTS {name} SYNC")
    for match in filter(None, map(MADE.match, reversed(made))):
        writer.command(f"DROP TABLE IF EXISTS {match[1]} SYNC")


def run(program: Path, backend: Backend, mode: str, given: str = "") -> Any:
    """What the client prints."""
    users = {"WRITER": backend.writer, "READER": backend.reader}
    environment = dict(os.environ)
    for variable, user in users.items():
        environment |= {variable: user.name, f"{variable}_PASSWORD": user.password}
    command = [str(program), backend.address, DATABASE, mode]
    done = subprocess.run(
        command, env=environment, input=given, capture_output=True, text=True, timeout=GIVE_UP, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd", "gzip"])
def test_asks_and_inserts(backend: Backend, program: Path, compression: str) -> None:
    assert run(program, backend, compression) == {
        "row": [7, "name", ["x", "y"], "note", "2023-11-14 22:13:20.123"],
        "streamed": [300000, 1688890],
        "threads": 1,
        "code": 60,
        "half_way": True,
    }


@pytest.mark.usefixtures("tables")
def test_takes_the_answer_of_every_panel(backend: Backend, program: Path) -> None:
    panels = [panel for path in FOLDER.glob("*.json") for panel in json.loads(path.read_text())["panels"]]
    asked = [target["rawSql"] for panel in panels for target in panel.get("targets", []) if "rawSql" in target]
    assert asked
    assert len(run(program, backend, "panels", json.dumps(asked))) == len(asked)
