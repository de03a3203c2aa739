"""ops/clickhouse: what a server is told there is known to the same version's engine."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.engine import start_engine

FOLDER = Path(__file__).parents[3] / "ops" / "clickhouse"
USERS = ET.parse(FOLDER / "users.xml").getroot()
SERVER = ET.parse(FOLDER / "server.xml").getroot()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with start_engine(tmp_path_factory.mktemp("server-files")) as engine:
        yield engine.client()


def test_every_setting_of_a_profile_exists_and_takes_its_value(client: Client) -> None:
    settings = [item for profile in USERS.iterfind("profiles/*") for item in profile if item.tag != "constraints"]
    assert settings
    known = {row[0] for row in client.query("SELECT name FROM system.settings").result_rows}
    for item in settings:
        assert item.tag in known
        if item.tag not in {"readonly", "allow_ddl"}:  # they cannot be set for one query
            client.command(f"SELECT 1 SETTINGS {item.tag} = '{item.text}'")


def test_every_limit_is_on_a_setting_of_its_profile(client: Client) -> None:
    assert client.ping()
    for profile in USERS.iterfind("profiles/*"):
        limited = {item.tag for item in profile.iterfind("constraints/*")}
        assert limited <= {item.tag for item in profile}


def test_every_setting_of_the_server_exists(client: Client) -> None:
    known = {row[0] for row in client.query("SELECT name FROM system.server_settings").result_rows}
    # Prometheus' endpoint and the tables' settings are sections.
    assert {item.tag for item in SERVER} - {"prometheus", "merge_tree"} <= known
    known = {row[0] for row in client.query("SELECT name FROM system.merge_tree_settings").result_rows}
    assert {item.tag for item in SERVER.iterfind("merge_tree/*")} <= known


def test_every_grant_is_parsed(client: Client) -> None:
    grants = [item.text for item in USERS.iterfind("users/*/grants/query")]
    assert grants
    for grant in grants:
        client.command(f"EXPLAIN AST {grant} TO somebody")
