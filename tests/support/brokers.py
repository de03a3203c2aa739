"""A Kafka cluster of its own for a test or a bench: nodes as the stack's one, each of which can be killed and started.

Every node is broker and controller, with three copies of everything (fewer if there are fewer nodes), of which all
but one must have a record before it is acknowledged.
"""

import contextlib
import dataclasses
import functools
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ops.artifacts.runtime import find
from ops.launcher.spec import LaunchSpec
from ops.stack.environment import child_environment
from ops.stack.home import Home, clear_socket, prepare
from ops.stack.parts import KAFKA, PYTHON
from ops.stack.render import cluster_id, formatted, render
from schemas.settings import Settings
from tests.support.stack import own_settings, running
from tests.support.waiting import wait_for

COPIES = 3
READY_SECONDS = 60.0
#: Internal topics, by the word their settings begin with.
_INTERNAL = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")


class Brokers:
    """The nodes by number, from 1."""

    def __init__(
        self, folder: Path, count: int, options: Mapping[str, object], advertised: Callable[[int], int] = int
    ) -> None:
        self.copies = min(COPIES, count)
        self._nodes = {number: own_settings(folder / f"node-{number}") for number in range(1, count + 1)}
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._render(folder, options, advertised)

    @property
    def bootstrap(self) -> str:
        """host:port of every node."""
        return ",".join(node.bootstrap for node in self._nodes.values())

    @property
    def pids(self) -> dict[int, int]:
        """Of the nodes that were started and not killed since."""
        return {number: process.pid for number, process in self._processes.items() if process.poll() is None}

    @property
    def homes(self) -> list[Path]:
        """The state folder of every node."""
        return [node.home for node in self._nodes.values()]

    def start(self, *numbers: int) -> None:
        """Starts nodes, all together; returns when each answers and the others know it."""
        for number in numbers:
            home = Home(self._nodes[number].home)
            with home.log("kafka").open("ab") as log:
                self._processes[number] = subprocess.Popen(
                    [*PYTHON, "ops.launcher", str(home.spec("kafka"))],
                    env=child_environment(self._nodes[number]),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
        for number in numbers:
            wait_for(functools.partial(self._answers, number), f"Kafka's node {number} answers", READY_SECONDS)
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        wait_for(lambda: _known(admin) >= set(numbers), f"the nodes {numbers} are in the cluster", READY_SECONDS)

    def kill(self, number: int) -> None:
        """By kill -9; returns when it is dead."""
        self._processes[number].kill()
        self._processes[number].wait()

    def answers(self, number: int) -> bool:
        """Whether a node lives and says so."""
        return number in self.pids and KAFKA.probe(self._nodes[number]).answers()

    def _answers(self, number: int) -> bool:
        if (code := self._processes[number].poll()) is not None:
            log = Home(self._nodes[number].home).log("kafka").read_text(errors="replace")
            raise AssertionError(f"Kafka's node {number} ended with {code}: {log[-2000:]}")
        return KAFKA.probe(self._nodes[number]).answers()

    def _render(self, folder: Path, options: Mapping[str, object], advertised: Callable[[int], int]) -> None:
        """What the stack writes for its one node, and behind it what is otherwise here: the last word counts."""
        controllers = [f"127.0.0.1:{node.kafka_controller_port}" for node in self._nodes.values()]
        ids = [cluster_id(node.home) for node in self._nodes.values()]
        voters = [f"{place}@{at}:{own}" for place, at, own in zip(self._nodes, controllers, ids, strict=True)]
        copies, in_sync = self.copies, max(1, self.copies - 1)
        shared = {
            "controller.quorum.bootstrap.servers": ",".join(controllers),
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            **{f"{topic}.replication.factor": copies for topic in _INTERNAL},
            **{f"{topic}.min.isr": in_sync for topic in _INTERNAL[1:]},
            **options,
        }
        for number, node in self._nodes.items():
            runtime, home = find(node.cache), prepare(node)
            ports = {"PLAINTEXT": advertised(node.kafka_port), "CONTROLLER": node.kafka_controller_port}
            told = {"advertised.listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())}
            render(node, home, (KAFKA,), runtime)
            with (home.run / "kafka.properties").open("a", encoding="utf-8") as file:
                file.writelines(f"{name}={value}\n" for name, value in {"node.id": number, **shared, **told}.items())
            preparation = formatted(home, runtime, cluster_id(folder), "--initial-controllers", ",".join(voters))
            spec = home.spec("kafka")
            dataclasses.replace(LaunchSpec.read(spec), preparation=preparation).write(spec)


@contextlib.contextmanager
def brokers(
    folder: Path,
    count: int = 3,
    options: Mapping[str, object] | None = None,
    advertised: Callable[[int], int] = int,
) -> Iterator[Brokers]:
    """So many nodes, up; `options` are more of Kafka's settings. They end with the block, and with this process.

    `advertised` gives the port by which clients, and nodes each other, reach the one that listens on a port.
    """
    cluster = Brokers(folder, count, options or {}, advertised)
    try:
        cluster.start(*range(1, count + 1))
        yield cluster
    finally:
        # Not asked to end: the last of them would wait for a controller, and what they hold goes with the folder.
        for number in cluster.pids:
            cluster.kill(number)
        # No supervisor has listened there; what was made for one, where the path is long, is in no node's folder.
        for home in cluster.homes:
            clear_socket(Home(home))


@contextlib.contextmanager
def brokers_and_registry(
    folder: Path, count: int = 3, options: Mapping[str, object] | None = None, **more: Any
) -> Iterator[tuple[Brokers, Settings]]:
    """The same with a registry beside them, and the settings (with `more`) of an installation that uses both."""
    with brokers(folder / "kafka", count, options) as cluster:
        settings = own_settings(
            folder / "home", kafka_bootstrap=cluster.bootstrap, topic_replication=cluster.copies, **more
        )
        with running(settings, parts=("registry",)):
            yield cluster, settings


def _known(admin: AdminClient) -> set[int]:
    try:
        return set(admin.list_topics(timeout=5).brokers)
    except KafkaException:
        return set()
