"""ops/kubernetes: held to Kubernetes' own schemas, to docker-compose.yml and to the settings.

Strimzi's and Altinity's schemas are in no package: docs/scaling.md says what was held to them.
"""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from queries.recommend.command import main as recommend
from schemas.settings import Settings
from tests.support.containers import image

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "ops" / "kubernetes"
VERSION = "1.34"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
OBJECTS: list[dict[str, Any]] = [
    made
    for name in KUSTOMIZATION["resources"]
    for made in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))
]
BUILT_IN = [made for made in OBJECTS if "strimzi" not in made["apiVersion"] and "altinity" not in made["apiVersion"]]
SERVING = {
    made["metadata"]["name"]: made["spec"]["template"]["spec"]
    for made in BUILT_IN
    if made["kind"] in {"Deployment", "StatefulSet"}
}
JOBS = {
    made["metadata"]["name"]: made["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    for made in BUILT_IN
    if made["kind"] == "CronJob"
}
PODS = SERVING | JOBS
#: Which server of docker-compose.yml a container of the cluster is.
SERVERS = {"registry": "registry", "clickhouse": "clickhouse"}


def of(kind: str) -> dict[str, Any]:
    """The one object of a kind."""
    (found,) = [made for made in OBJECTS if made["kind"] == kind]
    return found


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every container that is written out, and the name of what it belongs to."""
    for name, pod in PODS.items():
        yield from ((name, container) for container in pod["containers"])
    for kind in ("ClickHouseInstallation", "ClickHouseKeeperInstallation"):
        for template in of(kind)["spec"]["templates"]["podTemplates"]:
            yield from ((template["name"], container) for container in template["spec"]["containers"])


@pytest.mark.parametrize("made", BUILT_IN, ids=lambda made: f"{made['kind']}-{made['metadata']['name']}")
def test_it_is_what_kubernetes_says(made: dict[str, Any]) -> None:
    kubernetes_validate.validate(made, VERSION, strict=True)


def test_every_file_is_applied() -> None:
    there = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(KUSTOMIZATION["resources"]) == there


def test_images_are_those_of_compose() -> None:
    ours = image("sinks").split(":")
    (known,) = KUSTOMIZATION["images"]
    assert [known["name"], known["newTag"]] == ours
    clickhouse = image("clickhouse").rsplit(":", 1)[1]
    for name, container in containers():
        if name in SERVERS:
            assert container["image"] == image(SERVERS[name])
        elif name == "keeper":
            assert container["image"] == f"clickhouse/clickhouse-keeper:{clickhouse}"
        else:
            assert container["image"] == known["name"]
    assert of("Kafka")["spec"]["kafka"]["version"] == image("kafka-1").rsplit(":", 1)[1]


def test_every_container_has_limits_and_no_rights() -> None:
    for _, container in containers():
        assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys() == {"cpu", "memory"}
        rights = container["securityContext"]
        assert rights["allowPrivilegeEscalation"] is False
        assert rights["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", PODS)
def test_pods_are_nobodys_root_and_write_beside_their_image(name: str) -> None:
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    # Names of services would be taken for settings of ours.
    ours = any(container["image"].startswith("customer360") for container in pod["containers"])
    assert pod.get("enableServiceLinks", True) is not ours
    mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
    assert {volume["name"] for volume in pod["volumes"]} <= mounted
    assert all(container["securityContext"]["readOnlyRootFilesystem"] for container in pod["containers"])


@pytest.mark.parametrize("name", SERVING)
def test_what_serves_says_whether_it_does(name: str) -> None:
    for container in SERVING[name]["containers"]:
        ports = {port["name"] for port in container["ports"]}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            ((_, asked),) = [item for item in container[probe].items() if item[0] in {"httpGet", "tcpSocket"}]
            assert asked["port"] in ports


def test_metrics_are_scraped_where_the_settings_say_they_are() -> None:
    defaults = {
        str(field.default): name for name, field in Settings.model_fields.items() if name.endswith("metrics_port")
    }
    for made in BUILT_IN:
        if made["kind"] in {"Deployment", "StatefulSet"}:
            notes = made["spec"]["template"]["metadata"].get("annotations", {})
            if notes:
                name = made["metadata"]["name"].replace("-", "_")
                assert defaults[notes["prometheus.io/port"]] == f"{name}_metrics_port"


def test_every_variable_is_a_setting_and_every_password_is_a_secrets() -> None:
    known = set(of("ConfigMap")["data"])
    for name, container in containers():
        for variable in container.get("env", []):
            if name != "registry":
                known.add(variable["name"])
            if "PASSWORD" in variable["name"]:
                wanted = {"secretKeyRef": {"name": "customer360-passwords", "key": variable["name"]}}
                assert variable["valueFrom"] == wanted
    assert {name.removeprefix("C360_").lower() for name in known} <= set(Settings.model_fields)


def test_addresses_lead_to_services_that_are_here() -> None:
    settings = of("ConfigMap")["data"]
    services = {made["metadata"]["name"] for made in OBJECTS if made["kind"] == "Service"}
    # Made by the operators, by their rules, from these names.
    services |= {f"{of('Kafka')['metadata']['name']}-kafka-bootstrap"}
    services |= {f"clickhouse-{of('ClickHouseInstallation')['metadata']['name']}"}
    services |= {f"keeper-{of('ClickHouseKeeperInstallation')['metadata']['name']}"}
    hosts = {
        re.sub(r"^https?://", "", settings[name]).split(":")[0]
        for name in settings
        if name.endswith(("_URL", "_BOOTSTRAP"))
    }
    hosts |= {node["host"] for node in of("ClickHouseInstallation")["spec"]["configuration"]["zookeeper"]["nodes"]}
    assert hosts <= services


def test_clickhouse_has_the_files_of_a_server_and_the_cluster_of_the_settings() -> None:
    configuration = of("ClickHouseInstallation")["spec"]["configuration"]
    for place, file in {"users.d": "users.xml", "config.d": "server.xml"}.items():
        written = (ROOT / "ops" / "clickhouse" / file).read_text(encoding="utf-8")
        assert configuration["files"][f"{place}/customer360.xml"] == written
    (cluster,) = configuration["clusters"]
    assert cluster["name"] == of("ConfigMap")["data"]["C360_CLICKHOUSE_CLUSTER"]
    assert cluster["layout"]["shardsCount"] > 1


def test_tables_are_changed_by_one_at_a_time() -> None:
    """A second monitor, or a job beside it, would run the same DDL against the same tables."""
    changing = [
        name for name, container in containers() if container.get("command", [])[:3] == ["python", "-m", "sinks"]
    ]
    assert changing == ["sinks"]
    (sinks,) = [made for made in BUILT_IN if made["kind"] == "Deployment" and made["metadata"]["name"] == "sinks"]
    assert sinks["spec"]["replicas"] == 1
    assert sinks["spec"]["strategy"] == {"type": "Recreate"}


def test_no_worker_is_without_a_partition_and_topics_survive_a_broker() -> None:
    settings = of("ConfigMap")["data"]
    workers = next(made for made in OBJECTS if made["kind"] == "StatefulSet")["spec"]["replicas"]
    assert workers <= int(settings["C360_TOPIC_PARTITIONS"])
    brokers = of("KafkaNodePool")["spec"]["replicas"]
    kafka = of("Kafka")["spec"]["kafka"]["config"]
    assert int(settings["C360_TOPIC_REPLICATION"]) == kafka["default.replication.factor"] <= brokers
    assert kafka["min.insync.replicas"] < kafka["default.replication.factor"]


def test_recommendations_are_refreshed_by_commands_that_there_are_and_one_at_a_time() -> None:
    jobs = {made["metadata"]["name"]: made["spec"] for made in BUILT_IN if made["kind"] == "CronJob"}
    begins = {}
    for name, job in jobs.items():
        (container,) = JOBS[name]["containers"]
        module, *words = container["command"][2:]
        assert container["command"][:2] == ["python", "-m"]
        assert module == "queries.recommend"
        given = CliRunner().invoke(recommend, [*words, "--help"])
        assert given.exit_code == 0, given.output
        assert job["concurrencyPolicy"] == "Forbid"
        begins[name] = list(minutes_of(job["schedule"]))
    # None begins before what began last must have ended.
    begun = sorted((minute, name) for name, minutes in begins.items() for minute in minutes)
    for (minute, name), (following, _) in itertools.pairwise([*begun, (begun[0][0] + 24 * 60, begun[0][1])]):
        assert minute + jobs[name]["jobTemplate"]["spec"]["activeDeadlineSeconds"] / 60 <= following, name


def minutes_of(schedule: str) -> Iterator[int]:
    """Minutes of a day at which a schedule of this form begins: a minute, hours as one, or as first-last."""
    minute, hours, *every = schedule.split()
    assert every == ["*", "*", "*"]
    first, _, last = hours.partition("-")
    yield from (60 * hour + int(minute) for hour in range(int(first), int(last or first) + 1))
