"""The committed list of every downloaded file: checksum, size and Maven coordinate, and no address."""

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from schemas.errors import ContractError

HEADER = "# sha256, bytes, group:artifact:packaging[:classifier]:version. Made by 'python -m {maker}'.\n"


@dataclass(frozen=True)
class Coordinate:
    """Where one file lives in every Maven repository."""

    group: str
    artifact: str
    packaging: str
    classifier: str
    version: str

    @classmethod
    def parse(cls, text: str) -> "Coordinate":
        """Of group:artifact:packaging[:classifier]:version."""
        words = text.split(":")
        if len(words) == 4:
            words.insert(3, "")
        if len(words) != 5:
            raise ValueError(f"{text!r} is not group:artifact:packaging[:classifier]:version")
        return cls(*words)

    def __str__(self) -> str:
        words = (self.group, self.artifact, self.packaging, self.classifier, self.version)
        return ":".join(word for word in words if word)

    @property
    def filename(self) -> str:
        """The file's name, for instance kafka-clients-4.1.1.jar."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{classifier}.{self.packaging}"

    @property
    def path(self) -> Path:
        """The file's place below a repository's root."""
        return Path(*self.group.split("."), self.artifact, self.version, self.filename)


@dataclass(frozen=True)
class Entry:
    """One file as it must be."""

    sha256: str
    size: int
    coordinate: Coordinate

    def matches(self, path: Path) -> bool:
        """Whether a file has this content."""
        return path.stat().st_size == self.size and sha256_of(path) == self.sha256


def sha256_of(path: Path) -> str:
    """The checksum of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parse(text: str) -> tuple[Entry, ...]:
    """The entries of a manifest's text.

    Raises:
        ContractError: a line is not one.
    """
    entries = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            try:
                sha256, size, coordinate = line.split()
                entries.append(Entry(sha256, int(size), Coordinate.parse(coordinate)))
            except ValueError as error:
                raise ContractError(f"checksums.txt has the line {line!r}: {error}. Restore it from git.") from None
    return tuple(entries)


def render(entries: Iterable[Entry], maker: str = "ops.artifacts.lock") -> str:
    """The text that parse reads, sorted by coordinate."""
    lines = sorted((str(entry.coordinate), f"{entry.sha256} {entry.size} {entry.coordinate}\n") for entry in entries)
    return HEADER.format(maker=maker) + "".join(line for _, line in lines)


def digest_of(text: str) -> str:
    """Sixteen hex digits that change with a manifest's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def committed() -> tuple[Entry, ...]:
    """The entries of the committed manifest."""
    return parse((resources.files("ops.artifacts") / "checksums.txt").read_text(encoding="ascii"))
