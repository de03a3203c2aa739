"""How files are read: nothing that reads ahead is left behind."""

import contextlib
import io
import threading
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from producers.replay import reading
from producers.replay.files import File
from producers.replay.mapping import Feed
from schemas.errors import C360Error


class Slow:
    """Takes its time, and knows whether somebody is reading and how often somebody has."""

    reading = asked = 0

    def __init__(self, path: str, _mode: str) -> None:
        self._file = io.BytesIO(Path(path).read_bytes())

    def read(self, size: int) -> bytes:
        Slow.reading += 1
        Slow.asked += 1
        threading.Event().wait(0.02)
        given = self._file.read(size)
        Slow.reading -= 1
        return given

    def tell(self) -> int:
        return self._file.tell()


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> File:
    path = tmp_path / "large.csv"
    path.write_text("a,b\n" + "1,2\n" * 100_000, encoding="utf-8")
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(pa, "OSFile", Slow)
    Slow.reading = Slow.asked = 0
    return File(path)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_nobody_reads_on_behind_a_file_that_is_closed(large: File, encoding: str) -> None:
    """A thread that did would call Python when there is none any more: the process aborted."""
    feed = Feed.model_construct(stream="customers", encoding=encoding, columns={"customer_id": "a"})
    assert reading.columns(large, feed) == ["a", "b"]
    assert Slow.reading == 0
    with contextlib.closing(reading.tables(large, feed)) as tables:
        assert next(tables).rows.height
    assert Slow.reading == 0
    assert Slow.asked < 20, "it reads to the end, which nobody wants any more"


def test_the_source_of_a_file_that_is_none_is_held_on_to(tmp_path: Path) -> None:
    before = len(reading._HELD)
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n")
    with pytest.raises(C360Error, match="cannot be read as CSV"):
        reading.columns(File(path))
    assert isinstance(reading._HELD[before], pa.PythonFile)
