"""Neo4j's driver for Go asks every query of the catalogue, by bolt:// and by neo4j://."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from queries.catalogue import catalogue
from queries.runner import Runner
from tests.integration.queries.bolt.server import PASSWORD, USER, RunningBolt
from tests.support.built import go_program
from tests.support.waiting import GIVE_UP

SOURCE = Path(__file__).with_name("go")

#: With empty caches, the first test fetches and compiles the driver and all it needs.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def program() -> Path:
    """The client, built once for these sources."""
    return go_program("bolt", SOURCE)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_asks_as_its_users_do(bolt: RunningBolt, program: Path, scheme: str) -> None:
    runner = Runner(bolt.engine.settings())
    questions, rows = [], []
    for query in catalogue("cypher"):
        given = {parameter.name: runner.default(parameter) for parameter in query.parameters}
        given = runner._resolved(query, given)
        rows.append(len(runner.cypher(query.name, given).rows))
        questions.append({"text": query.text, "parameters": given})
    done = subprocess.run(
        [str(program), bolt.uri.replace("bolt", scheme), USER],
        env=os.environ | {"PASSWORD": PASSWORD}, input=json.dumps(questions), capture_output=True, text=True,
        timeout=GIVE_UP, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "rows": rows,
        "moment": True,
        "list": [1, 2],
        "float": 0.5,
        "path": ["Customer", "PURCHASED", "Product"],
        "connected": True,
        "streamed": 250,
        "code": "Neo.ClientError.Statement.SyntaxError",
    }
