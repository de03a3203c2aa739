"""Kafka and ClickHouse in containers of a test's own, from docker-compose.yml's images; skipped without Docker."""

import contextlib
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from testcontainers.core.container import DockerContainer

from ops.launcher.probes import Probe
from tests.support.engine import User
from tests.support.ports import free_ports
from tests.support.waiting import wait_for

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
#: A first start also fetches the image.
START_SECONDS = 300


def image(service: str) -> str:
    """The image of a service."""
    return str(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"][service]["image"])


def need_docker() -> None:
    """Skips the test where no container engine answers."""
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    ):
        pytest.skip("there is no Docker here that answers")


@contextlib.contextmanager
def start_kafka() -> Iterator[str]:
    """One KRaft node; host:port as clients see it."""
    need_docker()
    (port,) = free_ports(1)
    node = (
        DockerContainer(image("kafka-1"))
        # Clients are sent to the port under which the broker is advertised: it has to be the same outside.
        .with_bind_ports(port, port)
        .with_env("CLUSTER_ID", f"c360-{uuid.uuid4().hex[:17]}")
        .with_env("KAFKA_NODE_ID", "1")
        .with_env("KAFKA_PROCESS_ROLES", "broker,controller")
        .with_env("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@127.0.0.1:9093")
        .with_env("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER")
        .with_env("KAFKA_LISTENERS", f"CONTROLLER://:9093,PLAINTEXT://:{port}")
        .with_env("KAFKA_ADVERTISED_LISTENERS", f"PLAINTEXT://127.0.0.1:{port}")
        .with_env("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT")
        .with_env("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1")
        .with_env("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
        .with_env("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1")
        .with_env("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
        .with_env("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "2000")
        .with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
    )
    with node:
        wait_for(Probe("kafka", f"127.0.0.1:{port}").answers, "Kafka's container answers", START_SECONDS)
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def start_clickhouse(user: User) -> Iterator[str]:
    """One server on which this user may do everything; its URL."""
    need_docker()
    server = (
        DockerContainer(image("clickhouse"))
        .with_exposed_ports(8123)
        .with_env("CLICKHOUSE_USER", user.name)
        .with_env("CLICKHOUSE_PASSWORD", user.password)
        .with_env("CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT", "1")
    )
    with server:
        url = f"http://{server.get_container_host_ip()}:{server.get_exposed_port(8123)}"
        wait_for(Probe("http", f"{url}/ping").answers, "ClickHouse's container answers", START_SECONDS)
        yield url
