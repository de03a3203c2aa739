"""clickhouse-jdbc, which PuppyGraph reads with: what it asks and inserts, and all that the graph's view names."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ops.puppygraph.view import DRIVER, filled
from schemas.settings import Settings
from sinks import statements
from tests.contract.clickhouse.conftest import DATABASE, Backend
from tests.support.built import cached
from tests.support.waiting import GIVE_UP

SOURCES = sorted(Path(__file__).with_name("java").glob("*.java"))
ARTIFACTS = (
    f"{DRIVER.group}:{DRIVER.artifact}:{DRIVER.version}:{DRIVER.packaging}:{DRIVER.classifier}",
    "org.slf4j:slf4j-api:2.0.17:jar",
)
TRANSACTION = (11, 7, 3, 5, 2, "web", "completed", None, datetime(2026, 1, 2, 3, 4, 5, 678000, UTC))
INTERACTION = (12, 7, 3, "view", 4_000_000_000, "mobile", 1, datetime(2026, 1, 2, tzinfo=UTC))
#: What those rows, and a customer and a product, are in the words of the view.
ROWS = {
    "customer_nodes": "7 n e VIP 2020-02-03 web DE 5.00",
    "products": "3 p c b 9.99 -1 2021-01-01",
    "category_nodes": "c",
    "brand_nodes": "b",
    "purchased": "11 7 3 5.00 2 web completed 2026-01-02T03:04:05.678Z",
    "interactions": "12 7 3 view 4000000000 2026-01-02T00:00:00Z",
}

#: With empty caches, the first test fetches the driver.
pytestmark = pytest.mark.timeout(1200)


def _jars() -> list[Path] | None:
    """The driver in Maven's own cache, fetched if it is missing."""
    found = []
    for artifact in ARTIFACTS:
        group, name, version, _, *classifier = artifact.split(":")
        file = f"{'-'.join([name, version, *classifier])}.jar"
        path = Path.home() / ".m2" / "repository" / Path(*group.split(".")) / name / version / file
        if not path.exists():
            command = [
                "mvn",
                "--quiet",
                "--batch-mode",
                "dependency:get",
                f"-Dartifact={artifact}",
                "-Dtransitive=false",
            ]
            if shutil.which("mvn") is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
                return None
        found.append(path)
    return found


@pytest.fixture(scope="module")
def class_path() -> str:
    """The compiled program and what it needs."""
    if shutil.which("javac") is None:
        pytest.skip("a JDK is not installed")
    jars = _jars()
    if jars is None:
        pytest.skip("clickhouse-jdbc is not in Maven's cache and cannot be fetched")
    target = cached("java", *SOURCES)
    path = os.pathsep.join(str(jar) for jar in jars)
    if not (target / "View.class").exists():
        subprocess.run(["javac", "-cp", path, "-d", str(target), *map(str, SOURCES)], check=True, capture_output=True)
    return f"{path}{os.pathsep}{target}"


@pytest.mark.parametrize("compress", ["true", "false"])
def test_asks_and_inserts(backend: Backend, class_path: str, compress: str) -> None:
    environment = dict(os.environ)
    for variable, user in {"WRITER": backend.writer, "READER": backend.reader}.items():
        environment |= {variable: user.name, f"{variable}_PASSWORD": user.password}
    command = ["java", "-cp", class_path, "Contract", backend.address, DATABASE, compress]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=GIVE_UP, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "row": "7 it's 12.34 null",
        "sum": 10,
        "streamed": 300000,
        "columns": 5,
        "code": 60,
    }


@pytest.fixture
def view(backend: Backend) -> Iterator[dict[str, Any]]:
    """The graph's view of this backend, with one row behind each table that it names."""
    client = backend.client()
    for statement in statements.tables(Settings()):
        client.command(statement)
    client.insert("customers", [(7, "n", "e", "VIP", date(2020, 2, 3), "web", "DE", 1, 0)])
    client.insert("products", [(3, "p", "c", "b", 9.99, -1, date(2021, 1, 1), 1, 0)])
    for _ in range(2):  # a repeat is not seen
        client.insert("transactions", [TRANSACTION])
        client.insert("interactions", [INTERACTION])
    yield filled(
        Settings(
            clickhouse_url=backend.url,
            clickhouse_database=DATABASE,
            clickhouse_reader_user=backend.reader.name,
            clickhouse_reader_password=backend.reader.password,
            puppygraph_driver_url="nowhere",
        )
    )
    for table in ("customers", "products", "transactions", "interactions"):
        client.command(f"TRUNCATE TABLE {table}")


def test_reads_every_table_and_column_of_the_graphs_view_by_the_type_it_is_given(
    backend: Backend, class_path: str, view: dict[str, Any]
) -> None:
    asked = [_asked(element) for element in (*view["node"], *view["edge"])]
    jdbc = view["catalog"][0]["jdbc"]
    environment = os.environ | {"READER": jdbc["username"], "READER_PASSWORD": jdbc["password"]}
    # Who is no reader of this project's is told to see each row once.
    url = jdbc["jdbcUri"] + ("?clickhouse_setting_final=1" if backend.kind == "server" else "")
    done = subprocess.run(
        ["java", "-cp", class_path, "View", url],
        input="".join(f"{line}\n" for line in asked),
        env=environment, capture_output=True, text=True, timeout=GIVE_UP, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()
    assert len(rows) == len(asked)
    for line, row in zip(asked, rows, strict=True):
        table = line.split()[0]
        # Elements that share a table name fewer of its columns.
        known = f"{table} {ROWS[table]}".split()
        assert row.split() == known if len(row.split()) == len(known) else set(row.split()) <= set(known)
    assert {line.split()[0] for line in asked} == set(ROWS)


def _asked(element: dict[str, Any]) -> str:
    """The element's table and each column of it as "column:Type", once: the driver refuses a name that comes twice."""
    source = element["dataSourceGroup"]["externalDataSource"]
    parts = (part for name in ("id", "fromKey", "toKey", "attribute") for part in element.get(name, []))
    types = {part["name"]: part["type"].partition("(")[0] for part in parts}
    fields = dict.fromkeys(f"{one['sourceFieldName']}:{types[one['targetFieldName']]}" for one in source["mappedField"])
    return " ".join([source["table"], *fields])
