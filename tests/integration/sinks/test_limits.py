"""What is too large, too deep, too slow or too many is an error for whoever sent it, and the others are answered."""

import contextlib
import resource
import select
import socket
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cramjam
import lz4.frame
import psutil
import pytest
import urllib3
import zstandard

from schemas.serving import MOST_CONNECTIONS, raise_open_files
from sinks.embedded.compression import ZSTD_WINDOW
from sinks.embedded.execution import THREADS, WAITING
from sinks.embedded.frames import LARGEST, LZ4, NONE, framed
from sinks.embedded.room import MOST
from sinks.embedded.users import LONGEST_QUERY, USUAL_QUERY
from tests.support.engine import RunningEngine, User, resident_bytes, start_engine
from tests.support.waiting import wait_for

MIB = 1 << 20
DEEP = 10_000
LINE = b"some text that is a line\n"
#: Some hundred MB, held for a while.
LARGE = "SELECT length(a), sleepEachRow(2) FROM (SELECT groupArray(number) AS a FROM numbers(15000000))"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    raise_open_files()
    with start_engine(tmp_path_factory.mktemp("limits")) as running:
        running.client().command("CREATE TABLE gone (line String) ENGINE = Null")
        yield running
        assert "Traceback" not in running.log.read_text()


def ask(
    engine: RunningEngine,
    body: Any,
    user: User | None = None,
    url: str = "",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Status and code of ClickHouse's error, "" without one."""
    sent = {**credentials(user or engine.reader), **(headers or {})}
    # A connection of its own: one that was kept and idle may have been closed for another.
    with urllib3.PoolManager(retries=False, timeout=300) as pool:
        answer = pool.request("POST", f"{engine.url}/{url}", body=body, headers=sent)
    return answer.status, answer.headers.get("X-ClickHouse-Exception-Code", "")


def credentials(user: User) -> dict[str, str]:
    return {"X-ClickHouse-User": user.name, "X-ClickHouse-Key": user.password}


def raw(sql: str, user: User, length: int = 0, url: str = "") -> bytes:
    """A request as it goes over the wire; `length` for more than there is."""
    head = "".join(f"{name}: {value}\r\n" for name, value in credentials(user).items())
    return f"POST /{url} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {length or len(sql)}\r\n\r\n{sql}".encode()


@contextlib.contextmanager
def connections(engine: RunningEngine, number: int, data: bytes) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(number):
            made.append(stack.enter_context(socket.create_connection(("127.0.0.1", engine.port), 300)))
            if data:
                made[-1].sendall(data)
        yield made


def chunks() -> Iterator[bytes]:
    yield b"SELECT 1 -- "
    for _ in range(100):
        yield b"x" * MIB


@pytest.mark.parametrize("body", [lambda: b"".join(chunks()), chunks], ids=["length", "chunked"])
def test_a_query_of_100_mb(engine: RunningEngine, body: Callable[[], object]) -> None:
    before = resident_bytes(engine.pid)
    assert ask(engine, body()) == (400, "62")
    assert ask(engine, body(), headers={"X-ClickHouse-Key": "wrong"}) == (403, "516")
    assert resident_bytes(engine.pid) - before < 64 * MIB
    assert ask(engine, "SELECT 1") == (200, "")


def test_a_query_is_as_long_as_max_query_size_says(engine: RunningEngine) -> None:
    long = "SELECT 1 -- " + "x" * USUAL_QUERY
    assert ask(engine, long) == (400, "62")
    assert ask(engine, long, url="?max_query_size=1000000") == (200, "")
    assert ask(engine, long, url="?max_query_size=2000000") == (500, "164")


def _gzip(piece: bytes, times: int) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(piece) for _ in range(times)) + packer.flush()


def _deflate(piece: bytes, times: int) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 15)
    return b"".join(packer.compress(piece) for _ in range(times)) + packer.flush()


def _zstd(piece: bytes, times: int) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join(packer.compress(piece) for _ in range(times)) + packer.flush()


def _lz4(piece: bytes, times: int) -> bytes:
    packer = lz4.frame.LZ4FrameCompressor()
    packed: bytes = packer.begin() + b"".join(packer.compress(piece) for _ in range(times)) + packer.flush()
    return packed


BOMBS = {"gzip": _gzip, "deflate": _deflate, "zstd": _zstd, "lz4": _lz4}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_small_body_that_becomes_a_large_one(engine: RunningEngine, coding: str) -> None:
    bomb = BOMBS[coding](LINE * (MIB // len(LINE)), 100)
    before = resident_bytes(engine.pid)
    assert ask(engine, bomb, headers={"Content-Encoding": coding}) == (400, "62")
    assert resident_bytes(engine.pid) - before < 64 * MIB
    # As data it may be of any size: it goes through in pieces.
    insert = "?database=customer360&query=" + quote("INSERT INTO gone FORMAT LineAsString")
    data = BOMBS[coding](LINE * (MIB // len(LINE)), 20)
    assert ask(engine, data, engine.writer, insert, headers={"Content-Encoding": coding}) == (200, "")
    assert resident_bytes(engine.pid) - before < 128 * MIB


def test_a_window_beyond_that_of_http_is_not_made_room_for(engine: RunningEngine) -> None:
    wide = zstandard.ZstdCompressionParameters.from_level(1, window_log=24)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    packed = packer.compress(b"SELECT 1") + packer.flush()
    assert zstandard.get_frame_parameters(packed).window_size == 2 * ZSTD_WINDOW
    assert ask(engine, packed, headers={"Content-Encoding": "zstd"}) == (400, "271")
    assert ask(engine, _zstd(b"SELECT 1", 1), headers={"Content-Encoding": "zstd"}) == (200, "")


@pytest.mark.parametrize(
    "frame",
    [framed(NONE, bytes(LARGEST), LARGEST), framed(LZ4, b"SELECT 1", LARGEST + 1)],
    ids=["packed", "unpacked"],
)
def test_a_frame_of_more_than_16_mib(engine: RunningEngine, frame: bytes) -> None:
    before = resident_bytes(engine.pid)
    assert ask(engine, frame, url="?decompress=1") == (400, "271")
    assert resident_bytes(engine.pid) - before < 64 * MIB
    assert ask(engine, framed(NONE, b"SELECT 1", 8), url="?decompress=1") == (200, "")


def test_bodies_together_have_a_cap(engine: RunningEngine) -> None:
    """One more than there is room for, held open, each a byte short of its end: one of them is refused."""
    long = f"SELECT 1 -- {'x' * (LONGEST_QUERY - 100)}"
    url = f"?max_query_size={LONGEST_QUERY}"
    held = raw(long, engine.writer, len(long) + 1, url)
    with connections(engine, MOST // LONGEST_QUERY + 1, b"") as uploads:
        for one in uploads:
            one.sendall(held)
        (refused,) = wait_for(lambda: select.select(uploads, [], [], 0)[0], "there is no more room", every=0.05)
        said = head(refused)
        assert said.startswith(b"HTTP/1.1 500 ")
        assert b"X-ClickHouse-Exception-Code: 241" in said
        assert ask(engine, "SELECT 1") == (200, "")
    again = f"SELECT 1 -- {'x' * MIB}"
    wait_for(lambda: ask(engine, again, engine.writer, url) == (200, ""), "it is given back", every=0.05)


def test_a_coding_that_is_unpacked_at_once_has_a_limit(engine: RunningEngine) -> None:
    bomb = bytes(cramjam.brotli.compress(bytes(60 * MIB), level=1))
    assert ask(engine, bomb, headers={"Content-Encoding": "br"}) == (413, "161")
    assert ask(engine, "SELECT 1") == (200, "")


@pytest.mark.parametrize(
    ("sql", "codes"),
    [
        ("SELECT " + "(" * DEEP + "1" + ")" * DEEP, {"306"}),
        ("SELECT " + "[" * DEEP + "1" + "]" * DEEP, {"306"}),
        ("SELECT " + "- " * DEEP + "1", {"167"}),
        ("SELECT 1" + "+1" * DEEP, {"167"}),
        ("SELECT CAST(1 AS " + "Array(" * DEEP + "UInt8" + ")" * DEEP + ")", {"306"}),
        ("SELECT " + "CASE WHEN 1 THEN " * DEEP + "1" + " END" * DEEP, {"167", "306"}),
        ("SELECT * FROM " + "(SELECT * FROM " * 2000 + "system.one" + ")" * 2000, {"306"}),
        ("SELECT match('a', repeat('(', 100000))", {"427"}),
        ("SELECT concat(repeat('{\"a\":', 100000), '1')::JSON", {"117"}),
    ],
    ids=["brackets", "lists", "signs", "sums", "types", "cases", "queries", "pattern", "json"],
)
def test_nested_without_end(engine: RunningEngine, sql: str, codes: set[str]) -> None:
    status, code = ask(engine, sql)
    assert status >= 400
    assert code in codes
    assert ask(engine, "SELECT 1") == (200, "")


@pytest.mark.parametrize(
    "headers",
    [{f"X-{number}": "a" for number in range(1000)}, {"X-A": "a" * MIB}],
    ids=["many", "long"],
)
def test_a_flood_of_headers(engine: RunningEngine, headers: dict[str, str]) -> None:
    assert ask(engine, "SELECT 1", headers=headers) == (400, "")
    assert ask(engine, "SELECT 1") == (200, "")


def test_a_url_of_257_kib(engine: RunningEngine) -> None:
    assert ask(engine, "", url=f"?query={quote('SELECT 1 -- ')}{'x' * (257 << 10)}") == (400, "")
    assert ask(engine, "", url=f"?query={quote('SELECT 1 -- ')}{'x' * (255 << 10)}") == (200, "")


@pytest.mark.parametrize(
    "data", [b"", b"POST / HTTP/1.1\r\nHost: x\r\nX-Drip: ", b"GET /?query=SELECT"], ids=["silent", "header", "url"]
)
def test_1000_connections_that_ask_nothing(engine: RunningEngine, data: bytes) -> None:
    with connections(engine, 1000, data), connections(engine, 1000, data):
        assert ask(engine, "SELECT 1") == (200, "")


def test_bodies_that_never_come(engine: RunningEngine) -> None:
    slow = raw("SELECT ", engine.reader, length=1000)
    with connections(engine, MOST_CONNECTIONS // 2, slow):
        assert ask(engine, "SELECT 1") == (200, "")


def test_1000_clients_ask_at_once(engine: RunningEngine) -> None:
    question = raw("SELECT sleep(3)", engine.reader)
    running = "SELECT count() FROM system.processes WHERE query LIKE '%sleep(3)%' AND query NOT LIKE '%system.proc%'"
    with connections(engine, 1000, question) as asking:
        # Of each user a number waits, so that one cannot keep the other out.
        assert ask(engine, "SELECT 1", engine.writer) == (200, "")
        assert 0 < engine.client().query(running).result_rows[0][0] <= THREADS
        heads = [head(one) for one in asking]
    answered = [one for one in heads if one.startswith(b"HTTP/1.1 200 ")]
    refused = [one for one in heads if one.startswith(b"HTTP/1.1 503 ") and b"X-ClickHouse-Exception-Code: 202" in one]
    assert len(answered) + len(refused) == len(heads)
    assert len(answered) >= THREADS + WAITING
    assert refused
    assert ask(engine, "SELECT 1") == (200, "")


def head(connection: socket.socket) -> bytes:
    """Of an answer."""
    found = b""
    while b"\r\n\r\n" not in found and (more := connection.recv(1 << 12)):
        found += more
    return found


def test_results_that_nobody_reads_stay_where_they_are(engine: RunningEngine) -> None:
    endless = raw("SELECT number, repeat('x', 20) FROM numbers(1000000000) FORMAT CSV", engine.reader)
    before = resident_bytes(engine.pid)
    with connections(engine, 8, endless) as unread:
        assert {one.recv(12) for one in unread} == {b"HTTP/1.1 200"}
        assert ask(engine, "SELECT 1") == (200, "")
        assert resident_bytes(engine.pid) - before < 400 * MIB
    running = "SELECT count() FROM system.processes WHERE query LIKE '%repeat%' AND query NOT LIKE '%system.proc%'"
    client = engine.client()
    wait_for(lambda: client.query(running).result_rows == [(0,)], "nothing is left of them", every=0.05)


def test_all_queries_together_have_a_cap(engine: RunningEngine) -> None:
    sql = "SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'"
    assert int(engine.client().query(sql).result_rows[0][0]) == psutil.virtual_memory().total // 2


def test_queries_that_are_too_much_together_are_refused_and_the_process_lives(tmp_path: Path) -> None:
    """Each of them alone is answered: the cap of a query is beyond that of all."""
    with start_engine(tmp_path, module="tests.support.small_machine") as small:
        question = raw(LARGE, small.reader)
        with connections(small, 1, question) as (alone,):
            assert head(alone).startswith(b"HTTP/1.1 200 ")
        with connections(small, 8, question) as asking:
            heads = [head(one) for one in asking]
            assert ask(small, "SELECT 1") == (200, "")
        refused = [one for one in heads if b"X-ClickHouse-Exception-Code: 241" in one]
        assert refused
        assert all(one in refused or one.startswith(b"HTTP/1.1 200 ") for one in heads)
        assert psutil.pid_exists(small.pid)
        with connections(small, 1, question) as (again,):
            assert head(again).startswith(b"HTTP/1.1 200 ")


def test_a_disk_that_takes_no_more_of_a_result(engine: RunningEngine) -> None:
    """No file may grow beyond some bytes, as on a disk that is full: who asked for it to be kept is told."""
    wide = "SELECT number, sipHash64(number) FROM numbers(2000000) FORMAT CSV"
    soft, hard = resource.prlimit(engine.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (16 * MIB, hard))
    try:
        assert ask(engine, wide, url="?wait_end_of_query=1") == (500, "243")
        assert ask(engine, wide) == (200, "")
    finally:
        resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (soft, hard))
    assert ask(engine, wide, url="?wait_end_of_query=1") == (200, "")


def test_the_log_says_in_a_line_what_was_no_http(engine: RunningEngine) -> None:
    size = len(engine.log.read_text())

    def said() -> list[str]:
        return engine.log.read_text()[size:].splitlines()

    with socket.create_connection(("127.0.0.1", engine.port), 60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
        assert b" 400 " in connection.recv(16)
    (line,) = wait_for(said, "the log says so", every=0.02)
    assert "no HTTP" in line


@pytest.mark.parametrize("path", [b"/", b"/ping", b"/nowhere"])
def test_an_expectation_that_is_no_text_is_refused(engine: RunningEngine, path: bytes) -> None:
    """It was a 500 to the client, and a traceback in the log for each request of anybody."""
    size = len(engine.log.read_text())
    with socket.create_connection(("127.0.0.1", engine.port), 60) as connection:
        connection.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\nExpect: \xff\r\nConnection: close\r\n\r\n" % path)
        with connection.makefile("rb") as answer:
            said = answer.read()
    assert said.startswith(b"HTTP/1.1 417 "), said
    assert said.endswith(b"Unknown Expect: '\\udcff'\n"), said
    assert "Traceback" not in engine.log.read_text()[size:]
