"""clickhouse-jdbc, which PuppyGraph is built on."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.clickhouse.conftest import DATABASE, Backend, cached
from tests.support.waiting import GIVE_UP

SOURCE = Path(__file__).with_name("java") / "Contract.java"
ARTIFACTS = ("com.clickhouse:clickhouse-jdbc:0.9.2:jar:all", "org.slf4j:slf4j-api:2.0.17:jar")

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
    target = cached("java", SOURCE)
    path = os.pathsep.join(str(jar) for jar in jars)
    if not (target / "Contract.class").exists():
        subprocess.run(["javac", "-cp", path, "-d", str(target), str(SOURCE)], check=True, capture_output=True)
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
