"""docker-compose.yml as far as it can be held to its word without a container engine."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ops.compose.environment import COMPOSE, passwords
from ops.stack.parts import PARTS
from schemas.settings import Settings, read_settings

ROOT = Path(__file__).parents[4]
SCHEMA = ROOT / "tests" / "support" / "schemas" / "compose-spec.json"
TEXT = COMPOSE.read_text(encoding="utf-8")
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("customer360:")}
#: What images read beside C360_*, and where that is written.
DOCUMENTED = {
    # https://github.com/apache/kafka/blob/trunk/docker/examples/README.md: KAFKA_ and the property's name
    "kafka": r"CLUSTER_ID|KAFKA_[A-Z_]+",
    # https://www.apicur.io/registry/docs/apicurio-registry/3.0.x/getting-started/assembly-configuring-the-registry.html
    "registry": r"APICURIO_STORAGE_KIND|APICURIO_KAFKASQL_BOOTSTRAP_SERVERS",
    # https://hub.docker.com/_/clickhouse
    "clickhouse": r"CLICKHOUSE_SKIP_USER_SETUP",
    # https://docs.puppygraph.com/schema/local-cache and .../getting-started
    "puppygraph": r"PUPPYGRAPH_USERNAME|PUPPYGRAPH_PASSWORD|DATAACCESS_DATA_CACHE_STRATEGY|STORAGE_PATH_ROOT",
    # https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/
    "grafana": r"GF_[A-Z_]+",
}
#: What a mounted file of ours takes from its container's environment.
TAKEN = {"clickhouse": "ops/clickhouse/users.xml", "grafana": "ops/grafana/provisioning/datasources/customer360.yml"}


def test_it_is_what_the_compose_specification_says() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(FILE)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_is_read_by_code_or_documented_by_the_image(name: str) -> None:
    for variable in SERVICES[name].get("environment", {}):
        kind = re.sub(r"-\d$", "", name)
        if name in OURS:
            assert variable.removeprefix("C360_").lower() in Settings.model_fields, variable
        elif not re.fullmatch(DOCUMENTED[kind], variable):
            assert variable in (ROOT / TAKEN[kind]).read_text(encoding="utf-8"), variable


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits_and_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["cpus"] <= 4
    assert service.get("cap_drop") == (None if name == "puppygraph" else ["ALL"])
    assert "no-new-privileges:true" in service["security_opt"]
    # What ends is known by how it ended, the simulator by what arrives.
    assert "healthcheck" in service or service["restart"] in {"on-failure", "no"} or name == "simulator"


def test_file_systems_are_read_only_but_for_one_whose_image_says_nothing_of_where_it_writes() -> None:
    assert {name for name, service in SERVICES.items() if not service.get("read_only")} == {"puppygraph"}


def test_what_is_waited_for_is_there_and_can_come_about() -> None:
    for service in SERVICES.values():
        for name, wanted in service.get("depends_on", {}).items():
            other = SERVICES[name]
            assert set(service["profiles"]) <= set(other["profiles"]) | {"watch", "demo"}
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in other
            else:
                assert other["restart"] == "on-failure"


def test_each_profile_starts_all_that_its_services_need() -> None:
    for profile in ("core", "watch", "demo", "jobs"):
        started = {name for name, service in SERVICES.items() if profile in service["profiles"]}
        for name in started:
            shared = SERVICES[name].get("network_mode", "").removeprefix("service:")
            assert {*SERVICES[name].get("depends_on", {}), *([shared] if shared else [])} <= started, (profile, name)


def test_every_image_is_named_once_and_ours_has_the_projects_version() -> None:
    named = Counter(re.findall(r"^\s+image: (\S+)$", TEXT, re.MULTILINE))
    assert set(named.values()) == {1}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"customer360:{version}" in named


def test_every_volume_is_used_and_every_named_one_declared() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in used if not name.startswith("./")} == set(FILE["volumes"])


def test_no_two_services_open_the_same_port() -> None:
    ports = [port.rsplit(":", 1)[0] for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(set(ports)) == len(ports)


def test_every_module_that_is_started_exists_and_every_health_check_names_a_part() -> None:
    parts = {part.name for part in PARTS}
    for name, service in OURS.items():
        if name == "net":
            continue
        module = (service.get("entrypoint") or service["command"])[2].replace(".", "/")
        assert (ROOT / f"{module}/__main__.py").is_file() or (ROOT / f"{module}.py").is_file()
        if "healthcheck" in service:
            assert service["healthcheck"]["test"][:4] == ["CMD", "python", "-m", "ops.compose.healthy"]
            assert set(service["healthcheck"]["test"][4:]) <= parts


def test_what_is_shared_is_the_network_of_what_has_no_reason_to_end() -> None:
    """A network ends with its owner's container: whoever shares it would keep the old one, well by its own checks."""
    sharing = {name for name, service in SERVICES.items() if "network_mode" in service}
    assert sharing == {"sinks", "stream-processors", "bolt", "api", "console", "prometheus", "simulator"}
    assert {SERVICES[name]["network_mode"] for name in sharing} == {"service:net"}
    for name in sharing:
        assert SERVICES[name]["depends_on"]["net"] == {"condition": "service_healthy"}
        assert "ports" not in SERVICES[name]
    owner = SERVICES["net"]
    assert owner["command"] == ["sleep", "infinity"]
    assert owner["init"] is True
    assert not {"environment", "volumes", "depends_on"} & owner.keys()


def test_hosts_are_services_with_a_network_of_their_own() -> None:
    """What shares another's network has no name in it."""
    named = {
        host
        for service in SERVICES.values()
        for value in service.get("environment", {}).values()
        for host in re.findall(r"https?://([a-z0-9-]+)[:/]", str(value))
    }
    assert named == {"net", "registry", "clickhouse", "puppygraph"}
    assert not [host for host in named if "network_mode" in SERVICES[host]]


def test_no_secret_of_one_service_reaches_another() -> None:
    """The password of Grafana is Grafana's; the sinks know none of PuppyGraph."""
    holders = {
        password: {name for name, service in SERVICES.items() if f"${{{password}:" in str(service.get("environment"))}
        for password in passwords(TEXT)
    }
    assert holders["C360_CLICKHOUSE_WRITER_PASSWORD"] == {"clickhouse", "migrations", "sinks", "recommend"}
    assert holders["GRAFANA_ADMIN_PASSWORD"] == {"grafana"}
    assert holders["PUPPYGRAPH_PASSWORD"] == {"puppygraph", "puppygraph-view"}
    assert holders["C360_BOLT_PASSWORD"] == {"bolt"}
    assert holders["C360_API_KEY"] == {"api"}
    assert holders["C360_CONSOLE_PASSWORD"] == {"console"}


@pytest.mark.parametrize("name", OURS)
def test_settings_load_from_what_each_service_of_ours_is_given(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = OURS[name].get("environment", {})
    for variable, value in given.items():
        monkeypatch.setenv(
            variable, re.sub(r"\$\{(\w+):\?[^}]*\}", r"\1", re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)))
        )
    loaded = read_settings()
    writes = name in {"migrations", "sinks", "recommend"}
    assert loaded.clickhouse_writer_password == ("C360_CLICKHOUSE_WRITER_PASSWORD" if writes else "")
    assert loaded.clickhouse_reader_password == ("" if name == "net" else "C360_CLICKHOUSE_READER_PASSWORD")
