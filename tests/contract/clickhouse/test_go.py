"""clickhouse-go over HTTP, which Grafana's ClickHouse data source is built on."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.clickhouse.conftest import DATABASE, Backend, cached
from tests.support.waiting import GIVE_UP

SOURCE = Path(__file__).with_name("go")

#: With empty caches, the first test fetches and compiles the driver and all it needs.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def program() -> Path:
    """The client, built once for these sources."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    built = cached("go", *sorted(SOURCE.iterdir())) / "client"
    if not built.exists():
        command = ["go", "build", "-o", str(built), "."]
        done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False)
        if done.returncode != 0 and "dial tcp" in done.stderr:
            pytest.skip("Go's modules are not in its cache and cannot be fetched")
        assert done.returncode == 0, done.stderr
    return built


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd", "gzip"])
def test_asks_and_inserts(backend: Backend, program: Path, compression: str) -> None:
    users = {"WRITER": backend.writer, "READER": backend.reader}
    environment = dict(os.environ)
    for variable, user in users.items():
        environment |= {variable: user.name, f"{variable}_PASSWORD": user.password}
    command = [str(program), backend.address, DATABASE, compression]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=GIVE_UP, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "row": [7, "name", ["x", "y"], "note", "2023-11-14 22:13:20.123"],
        "streamed": [300000, 1688890],
        "threads": 1,
        "code": 60,
        "half_way": True,
    }
