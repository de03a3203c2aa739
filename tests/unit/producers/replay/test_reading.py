"""How files are read: nothing that reads ahead is left behind."""

import contextlib
import errno
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
from schemas.errors import C360Error, InputError


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
        # The block ends between the two bytes of a letter, or is shorter or longer as UTF-8 than as it stands.
        ("a.csv", ("a,b\n11," + "ä" * 4000 + "\n1,2\n").encode(), "utf-8", "a row longer than 4,096 bytes"),
        ("a.csv", ("a,b\n1," + "x" * 4000 + "\n1,2\n").encode("utf-16"), "utf-16", "a row longer than 4,096 bytes"),
        ("a.csv", ("a,b\n1," + "ä" * 5000 + "\n1,2\n").encode("cp1252"), "cp1252", "a row longer than 4,096 bytes"),
        ("a.csv", b"a,b\n1," + b"x" * 4090 + b"\n1,2\n", "utf-8", "a row longer than 4,096 bytes"),
        ("a.csv", b"a" * 5000 + b",b\n1,2\n", "utf-8", "a row longer than 4,096 bytes"),
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
    with pytest.raises(InputError, match=said), contextlib.closing(reading.tables(File(path), feed)) as tables:
        next(tables)
    assert InputError.exit_code == 2


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"a,b\n1," + b"x" * 4089 + b"\n1,2\n", 2),
        (b"a,b\r\n1," + b"x" * 4088 + b"\r\n1,2\r\n", 2),
        (b"a,b\n1," + b"x" * 4090, 1),
        (b"a,b\n1," + b"x" * 4089 + b"\n", 1),
        (("a,b\n1," + "ä" * 2044 + "\n").encode() + b"1,2\n", 2),
        (b"a,b\n1,2\n1," + "ä".encode() * 2044 + b"\n1,2\n", 3),
    ],
    ids=[
        "up to its line's end",
        "up to half of it",
        "the file ends too",
        "the file ends too, with a line",
        "letters",
        "cut",
    ],
)
def test_a_first_row_as_long_as_the_block_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, rows: int
) -> None:
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    feed = Feed.model_construct(stream="customers", columns={"customer_id": "a"})
    with contextlib.closing(reading.tables(File(path), feed)) as tables:
        assert sum(table.rows.height for table in tables) == rows


def test_a_file_that_breaks_off_further_down_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    packed = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (row, row * 7919) for row in range(400_000)), 1)
    path.write_bytes(packed[: len(packed) * 3 // 4])
    feed = Feed.model_construct(stream="customers", columns={"customer_id": "a"})
    with (
        contextlib.closing(reading.tables(File(path), feed)) as tables,
        pytest.raises(InputError, match="cannot be read as CSV"),
    ):
        assert sum(table.rows.height for table in tables) < 400_000


def test_a_disk_that_does_not_give_a_file_is_no_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Slow):
        def read(self, _: int) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n")
    monkeypatch.setattr(pa, "OSFile", Broken)
    with pytest.raises(C360Error, match=r"cannot be read .*Input/output error") as told:
        reading.columns(File(path))
    assert told.value.exit_code == 1


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
