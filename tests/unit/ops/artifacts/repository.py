"""A Maven repository that is a folder, asked through a stand-in for requests.get; it can cut off and spoil."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from ops.artifacts.manifest import Coordinate, Entry

BASE = "https://repository.example/maven"
JAR = Coordinate("org.example", "engine", "jar", "", "1.0")
ARCHIVE = Coordinate("org.example", "app", "tar.gz", "all", "2.0")


class Answer(requests.Response):
    """A response whose body breaks off after `cut` bytes."""

    def __init__(self, status: int, body: bytes, cut: int | None) -> None:
        super().__init__()
        self.status_code, self._body, self._cut = status, body, cut
        self.raw = io.BytesIO()

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The body in small pieces."""
        del chunk_size, decode_unicode
        for begin in range(0, len(self._body), 100):
            if self._cut is not None and begin >= self._cut:
                raise requests.ConnectionError("the line was cut")
            yield self._body[begin : begin + 100]


class Repository:
    """Holds files by path; counts what was asked, and from which byte on."""

    def __init__(self, ranges: bool = True) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, int]] = []
        self.cuts: list[int] = []
        self._ranges = ranges

    def hold(self, coordinate: Coordinate, content: bytes) -> Entry:
        """Puts a file in; answers its right entry."""
        self.files[f"{BASE}/{coordinate.path.as_posix()}"] = content
        return Entry(hashlib.sha256(content).hexdigest(), len(content), coordinate)

    def get(self, url: str, headers: dict[str, str], stream: bool, timeout: float) -> Answer:
        """What requests.get does."""
        assert stream
        assert timeout
        first = int(headers["Range"].removeprefix("bytes=").removesuffix("-")) if self._ranges else 0
        self.asked.append((url.rsplit("/", 1)[1], first))
        if url not in self.files:
            return Answer(404, b"", None)
        cut = self.cuts.pop(0) if self.cuts else None
        return Answer(206 if self._ranges else 200, self.files[url][first:], cut)


def archive(**files: bytes) -> bytes:
    """A tar.gz of these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    return out.getvalue()


def part_of(cache: Path, coordinate: Coordinate) -> Path:
    """Where a download that is not whole waits."""
    whole = cache / "maven" / coordinate.path
    return whole.with_name(whole.name + ".part")
