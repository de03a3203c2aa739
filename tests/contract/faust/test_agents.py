"""Agents of a whole app on a real Kafka: a slow one, a failing one, one whose partitions move on."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faust.types.tuples import TP

from schemas.settings import Settings
from tests.contract.faust.backends import Kafka
from tests.support.waiting import wait_for


class Scene:
    """Two topics with an agent each, and the workers that have them."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        self.kafka, self.folder = kafka, folder
        self.first, self.second = kafka.inputs[0], kafka.other
        self._workers: list[subprocess.Popen[bytes]] = []

    def worker(self, **how: list[int]) -> subprocess.Popen[bytes]:
        """A process with the agents, bound to this one."""
        config: dict[str, Any] = {
            "broker": self.kafka.broker(), "group": self.kafka.name, "folder": str(self.folder),
            "topics": [self.first.topic, self.second.topic], "slow": [], "failing": [], **how,
        }  # fmt: skip
        command = ["-m", "ops.launcher.bound", "-m", "tests.contract.faust.agents", json.dumps(config)]
        with (self.folder / "log").open("ab") as log:
            self._workers.append(subprocess.Popen([sys.executable, *command], stdout=log, stderr=log))
        return self._workers[-1]

    def done(self, tp: TP) -> Counter[int]:
        """How often each offset was worked through."""
        file = self.folder / "done"
        lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
        return Counter(
            int(offset) for topic, partition, offset in lines if (topic, int(partition)) == (tp.topic, tp.partition)
        )

    def end(self) -> None:
        """No worker is left."""
        for worker in self._workers:
            worker.kill()
            worker.wait()


@pytest.fixture
def scene(kafka: Settings, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(Kafka(kafka), tmp_path)
    yield made
    made.end()


def test_while_one_agent_is_slow_the_others_go_on_and_nothing_is_committed_beyond(scene: Scene) -> None:
    scene.kafka.append(scene.first, 5)
    scene.worker(slow=[5])
    wait_for(lambda: scene.kafka.committed(scene.first) == 5, "what came before is committed", 60)
    scene.kafka.append(scene.first, 5)
    scene.kafka.append(scene.second, 50)
    wait_for(lambda: scene.kafka.committed(scene.second) == 50, "the other agent goes on", 60)
    assert scene.kafka.committed(scene.first) == 5
    (scene.folder / "go").touch()
    wait_for(lambda: scene.kafka.committed(scene.first) == 10, "the slow one has done it", 60)
    assert scene.done(scene.first) == Counter(range(10))
    assert scene.done(scene.second) == Counter(range(50))


def test_a_failing_agent_ends_the_process_and_nothing_is_lost(scene: Scene) -> None:
    scene.kafka.append(scene.first, 5)
    worker = scene.worker(failing=[7])
    wait_for(lambda: scene.kafka.committed(scene.first) == 5, "what came before is committed", 60)
    scene.kafka.append(scene.first, 5)
    assert worker.wait(60) != 0
    assert b"the agent fails" in (scene.folder / "log").read_bytes()
    assert (scene.kafka.committed(scene.first) or 0) <= 7
    scene.worker()
    wait_for(lambda: scene.kafka.committed(scene.first) == 10, "the next one does it all", 60)
    assert set(scene.done(scene.first)) == set(range(10))


def test_partitions_move_to_another_worker_without_a_hole(scene: Scene) -> None:
    tps = scene.kafka.inputs
    first = scene.worker()
    for tp in tps:
        scene.kafka.append(tp, 100)
    wait_for(lambda: all(scene.kafka.committed(tp) == 100 for tp in tps), "the first one counts", 60)
    scene.worker()
    for at in range(10):
        for tp in tps:
            scene.kafka.append(tp, 10)
        wait_for(lambda end=110 + 10 * at: all(len(scene.done(tp)) == end for tp in tps), "both count", 60)  # type: ignore[misc]  # mypy sees no type of a default
    first.kill()
    for tp in tps:
        scene.kafka.append(tp, 100)
    wait_for(lambda: all(scene.kafka.committed(tp) == 300 for tp in tps), "the second one counts alone", 60)
    assert all(set(scene.done(tp)) == set(range(300)) for tp in tps)
