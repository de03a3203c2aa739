"""Makes checksums.txt anew: resolves what Neo4j's community server needs, downloads it and prints the manifest."""

import concurrent.futures
import tempfile
from pathlib import Path
from typing import Any

import click

from ops.artifacts.lock import artifact_of, entry_of, resolve
from ops.artifacts.manifest import Coordinate, render
from schemas.cli import run

ROOT = "org.neo4j:neo4j:2025.10.1"
#: What only Neo4j's own tests, other systems or Maven itself need.
NEEDLESS = {
    "mockito-core", "byte-buddy", "byte-buddy-agent", "objenesis", "arrow-bom", "jPowerShell", "WMI4Java", "jProcesses",
    "netty-transport-native-kqueue", "netty-transport-native-epoll",
}  # fmt: skip


def wanted(context: Any) -> list[Any]:
    """jgo's artifacts that the server needs."""
    needed = [artifact for artifact in resolve(context, [[ROOT]]) if artifact.artifactId not in NEEDLESS]
    return [artifact_of(context, coordinate_of(artifact)) for artifact in needed]


def coordinate_of(artifact: Any) -> Coordinate:
    """Of an artifact; a range of versions is its lowest."""
    version = artifact.version.strip("[(").split(",")[0]
    return Coordinate(artifact.groupId, artifact.artifactId, artifact.packaging, artifact.classifier, version)


@click.command()
def main() -> None:
    """Prints a new checksums.txt; redirect it over the committed one."""
    from jgo.maven import MavenContext, PythonResolver

    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(8) as pool:
        context = MavenContext(repo_cache=Path(folder), resolver=PythonResolver(), timeout=60)
        click.echo(render(pool.map(entry_of, wanted(context)), "tests.support.neo4j.lock"), nl=False)


if __name__ == "__main__":
    run(main)
