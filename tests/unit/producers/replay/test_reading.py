"""How files are read: nothing that reads ahead is left behind."""

import contextlib
import gzip
import io
import threading
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyarrow import csv

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


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_position_is_that_of_the_rows_and_not_of_what_is_read_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """A file of twenty blocks was told to be read to 100 % with its first rows."""
    monkeypatch.setattr(reading, "BLOCK_BYTES", 1 << 18)
    text = b"a,b\n" + b"".join(b"%d,%d\n" % (row, row * 7919 % 100_003) for row in range(400_000))
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(gzip.compress(text, 1) if ending else text)
    file, feed = File(path), Feed.model_construct(stream="customers", columns={"customer_id": "a"})
    positions = [table.position / file.size for table in reading.tables(file, feed)]
    assert positions == sorted(positions)
    assert (positions[0] < 0.2, positions[len(positions) // 2] < 0.8, positions[-1]) == (True, True, 1), positions


@pytest.mark.parametrize(
    ("name", "content", "encoding", "said"),
    [
        ("a.csv", b"\n\n", "utf-8", "cannot be read as CSV"),
        (
            "a.csv.gz",
            gzip.compress(b"a,b\n" + b"1,2\n" * 100, mtime=0)[:30],
            "utf-8",
            "cannot be read as CSV .Truncated",
        ),
        ("a.csv.gz", b"a,b\n1,2\n", "utf-8", "cannot be read as CSV .*incorrect header"),
        ("a.csv", "ä,b\n".encode(), "ascii", "is not in the encoding the mapping says"),
        ("a.csv", b'a,b\n1,"2\n' + b"1,2\n" * 2000, "utf-8", "a row longer than 4,096 bytes. See whether a quote"),
    ],
)
def test_a_file_that_is_no_csv_is_told_before_a_thread_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, encoding: str, said: str
) -> None:
    """A thread whose file could not be opened is joined by nobody: one time in three it aborted the process's end."""
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(csv, "open_csv", lambda *_: pytest.fail("a thread reads it"))
    path = tmp_path / name
    path.write_bytes(content)
    feed = Feed.model_construct(stream="customers", encoding=encoding, columns={"customer_id": "a"})
    with pytest.raises(C360Error, match=said), contextlib.closing(reading.tables(File(path), feed)) as tables:
        next(tables)


def test_a_quote_that_is_never_closed_further_down_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 2000 + b'1,"2\n' + b"1,2\n" * 4000)
    feed = Feed.model_construct(stream="customers", columns={"customer_id": "a"})
    with (
        contextlib.closing(reading.tables(File(path), feed)) as tables,
        pytest.raises(C360Error, match="a row longer than 4,096 bytes"),
    ):
        assert sum(table.rows.height for table in tables) < 2001


def test_the_source_of_a_file_that_is_none_is_held_on_to() -> None:
    before = len(reading._HELD)
    with pytest.raises(pa.ArrowInvalid), reading._reader(io.BytesIO(b"\n"), reading._PLAIN, lambda _: "skip", {}):
        pass
    assert isinstance(reading._HELD[before], pa.PythonFile)
