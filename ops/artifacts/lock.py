"""Makes checksums.txt anew: resolves what Kafka and the registry need, downloads it and prints the manifest."""

import concurrent.futures
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from ops.artifacts.manifest import Coordinate, Entry, render, sha256_of
from schemas.cli import run

#: Each group is resolved on its own: log4j's bill of materials would else pin Kafka's own clients to another version.
#: The first group that names an artifact decides its version.
GROUPS = (
    ("org.apache.logging.log4j:log4j-core:2.25.2", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.2"),
    ("org.apache.kafka:kafka_2.13:4.1.1", "org.apache.kafka:kafka-tools:4.1.1"),
)
ALONE = Coordinate("io.apicurio", "apicurio-registry-app", "tar.gz", "all", "3.0.9")


def resolve(context: Any, groups: Iterable[Iterable[str]]) -> list[Any]:
    """jgo's artifacts of everything that groups of coordinates need, one an artifact."""
    found: dict[tuple[str, str], Any] = {}
    for group in groups:
        inputs, transitive = context.resolver.resolve([context.create_dependency(text) for text in group])
        for dependency in (*inputs, *transitive):
            artifact = dependency.artifact
            found.setdefault((artifact.groupId, artifact.artifactId), artifact)
    return list(found.values())


def artifact_of(context: Any, coordinate: Coordinate) -> Any:
    """jgo's artifact of one file."""
    component = context.project(coordinate.group, coordinate.artifact).at_version(coordinate.version)
    return component.artifact(classifier=coordinate.classifier, packaging=coordinate.packaging)


def entry_of(artifact: Any) -> Entry:
    """The checksummed entry of one of jgo's artifacts, downloaded if needed."""
    path = Path(artifact.resolve())
    coordinate = Coordinate(
        artifact.groupId, artifact.artifactId, artifact.packaging, artifact.classifier, artifact.version
    )
    return Entry(sha256_of(path), path.stat().st_size, coordinate)


@click.command()
def main() -> None:
    """Prints a new checksums.txt; redirect it over the committed one."""
    from jgo.maven import MavenContext, PythonResolver

    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(8) as pool:
        context = MavenContext(repo_cache=Path(folder), resolver=PythonResolver(), timeout=60)
        artifacts = [*resolve(context, GROUPS), artifact_of(context, ALONE)]
        click.echo(render(pool.map(entry_of, artifacts)), nl=False)


if __name__ == "__main__":
    run(main)
