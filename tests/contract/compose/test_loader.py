"""compose-go, the loader inside `docker compose`: it takes the file, merges and fills in what it is made of."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ops.compose.environment import COMPOSE, passwords
from tests.support.built import go_program
from tests.support.waiting import GIVE_UP

SOURCE = Path(__file__).with_name("go")
PASSWORDS = {name: f"{name.lower()}$" for name in passwords(COMPOSE.read_text(encoding="utf-8"))}

#: With empty caches, the first test fetches and compiles the loader and all it needs.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def loader() -> Path:
    """The loader, built once for these sources."""
    return go_program("compose", SOURCE)


def load(loader: Path, *profiles: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(loader), str(COMPOSE), *profiles], env={"PATH": os.environ["PATH"], **variables},
        capture_output=True, text=True, timeout=GIVE_UP, check=False,
    )  # fmt: skip


def services(loader: Path, *profiles: str, **variables: str) -> dict[str, dict[str, Any]]:
    """The services that these profiles start."""
    done = load(loader, *profiles, **PASSWORDS, **variables)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    project = json.loads(done.stdout)
    assert project["name"] == "customer360"
    loaded: dict[str, dict[str, Any]] = project["services"]
    return loaded


def test_each_profile_is_loaded_and_core_is_in_all(loader: Path) -> None:
    core, watch, demo = (set(services(loader, profile)) for profile in ("core", "watch", "demo"))
    assert watch - core == {"prometheus", "grafana", "alertmanager"}
    assert demo - core == {"simulator"}
    assert core <= watch & demo
    assert set(services(loader, "core", "watch", "demo")) == core | watch | demo


def test_variables_are_filled_in_and_a_password_stays_what_it_is(loader: Path) -> None:
    made = services(loader, "core", "demo", SIMULATOR_RATE="7/s", C360_TOPIC_PARTITIONS="3")
    assert made["simulator"]["command"][-1] == "7/s"
    environment = made["sinks"]["environment"]
    assert environment["C360_TOPIC_PARTITIONS"] == "3"
    # A dollar is doubled in a file that is written out.
    assert environment["C360_CLICKHOUSE_WRITER_PASSWORD"].replace("$$", "$") == "c360_clickhouse_writer_password$"


def test_what_is_merged_into_a_service_reaches_it(loader: Path) -> None:
    for name, service in services(loader, "core", "watch", "demo").items():
        # What holds the network does nothing.
        assert int(service["mem_limit"]) >= (32 if name == "net" else 256) << 20, name
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service.get("read_only", False) == (name != "puppygraph")


def test_the_network_is_shared_by_those_of_one_loopback(loader: Path) -> None:
    loaded = services(loader, "core", "watch", "demo")
    assert {name for name, service in loaded.items() if service.get("network_mode") == "service:net"} == {
        "sinks", "stream-processors", "bolt", "api", "console", "prometheus", "simulator"
    }  # fmt: skip


@pytest.mark.parametrize("name", PASSWORDS)
def test_without_a_password_it_is_refused_and_says_what_to_do(loader: Path, name: str) -> None:
    given = {other: value for other, value in PASSWORDS.items() if other != name}
    done = load(loader, "core", "watch", **given)
    assert done.returncode == 1
    assert name in done.stderr
    assert "run 'make env'" in done.stderr
