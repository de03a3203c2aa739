"""The files for servers: well-formed, pinned, without default passwords, and true to settings and metrics."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from ops.reference import declared
from ops.stack.parts import chosen
from schemas.settings import Settings

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "docker-compose.yml"
OPS = ROOT / "ops"
YAML = sorted([COMPOSE, *(OPS / "prometheus").glob("*.yml"), *(OPS / "grafana").rglob("*.yml")])
DASHBOARDS = sorted((OPS / "grafana").rglob("*.json"))
VARIABLES = {f"C360_{name.upper()}" for name in Settings.model_fields}


def compose() -> dict[str, Any]:
    loaded = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def rules() -> list[dict[str, Any]]:
    """The alerts."""
    loaded = yaml.safe_load((OPS / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def recorded() -> list[dict[str, Any]]:
    """The recording rules."""
    loaded = yaml.safe_load((OPS / "prometheus" / "recording.yml").read_text(encoding="utf-8"))
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in (*rules(), *recorded()))
    for dashboard in DASHBOARDS:
        panels = json.loads(dashboard.read_text(encoding="utf-8"))["panels"]
        targets = [target for panel in panels for target in panel.get("targets", [])]
        yield from (target["expr"] for target in targets if "expr" in target)


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_yaml_parses(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


@pytest.mark.parametrize("path", sorted((OPS / "clickhouse").glob("*.xml")), ids=lambda path: path.name)
def test_xml_parses(path: Path) -> None:
    assert ET.parse(path).getroot().tag == "clickhouse"


def test_every_setting_in_compose_exists() -> None:
    assert set(re.findall(r"C360_[A-Z_]+", COMPOSE.read_text(encoding="utf-8"))) <= VARIABLES


def test_images_are_pinned() -> None:
    for name, service in compose()["services"].items():
        assert re.search(r":v?\d+\.\d+(\.\d+)*$", service["image"]), f"{name} has {service['image']}"


def test_no_password_has_a_default_and_none_is_written_down() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    assert re.findall(r"\$\{(\w*(?:PASSWORD|KEY)\w*)(?!\w*:\?)", text) == []
    for service in compose()["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not name.endswith(("PASSWORD", "_KEY")) or str(value).startswith("${")


def test_ports_are_opened_on_loopback_only() -> None:
    ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_mounted_file_and_every_volume_exists() -> None:
    for service in compose()["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in compose()["volumes"]


def test_every_part_of_the_embedded_stack_is_there_as_a_server() -> None:
    services = " ".join(compose()["services"])
    # PuppyGraph answers on Bolt there.
    names = {"bolt": "puppygraph"}
    assert all(names.get(part.name, part.name).replace("_", "-") in services for part in chosen(Settings()))


def test_every_metric_that_is_watched_is_declared() -> None:
    names = {metric.name for metric in declared()}
    watched = {name for text in expressions() for name in re.findall(r"c360_[a-z0-9_]+", text)}
    assert watched
    assert {re.sub(r"_bucket$", "", name) for name in watched} <= names


def test_what_is_recorded_is_used_and_what_is_used_is_recorded() -> None:
    used = {name for text in expressions() for name in re.findall(r"customer360:[a-z0-9_:]+", text)}
    assert used == {rule["record"] for rule in recorded()}


def test_every_scraped_port_is_a_default_of_the_settings() -> None:
    loaded = yaml.safe_load((OPS / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    targets = [target for job in loaded["scrape_configs"] for one in job["static_configs"] for target in one["targets"]]
    fields = Settings.model_fields
    defaults = {fields[name].default for name in fields if name.endswith("metrics_port")}
    assert {int(target.split(":")[1]) for target in targets if target.startswith("127.")} == defaults


def test_an_alert_on_a_target_names_jobs_that_are_scraped_and_every_installation_has_what_it_needs() -> None:
    loaded = yaml.safe_load((OPS / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    jobs = {job["job_name"] for job in loaded["scrape_configs"]}
    watched = {
        rule["alert"]: {job for jobs in re.findall(r'job=~"([^"]+)"', rule["expr"]) for job in jobs.split("|")}
        for rule in rules()
    }
    assert set.union(*watched.values()) <= jobs
    # The embedded stack has no server, the servers have no embedded engine: neither alone may be missed.
    either = {"clickhouse", "clickhouse_server"}
    for alert, names in watched.items():
        assert not names & either or names == either, alert
    assert "max(up" in next(rule["expr"] for rule in rules() if watched[rule["alert"]] == either)


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    for dashboard in DASHBOARDS:
        panels = json.loads(dashboard.read_text(encoding="utf-8"))["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        cells = [cell for panel in panels for cell in _cells(panel["gridPos"])]
        assert len(set(cells)) == len(cells)


def _cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


def test_docker_compose_accepts_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["docker", "compose"]
    if not shutil.which("docker") or subprocess.run([*command, "version"], capture_output=True, check=False).returncode:
        pytest.skip("there is no docker compose here")
    for name in set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text(encoding="utf-8"))):
        monkeypatch.setenv(name, "x")
    done = subprocess.run(
        [*command, "--file", str(COMPOSE), "config", "--quiet"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
