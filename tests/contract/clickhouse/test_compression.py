"""HTTP content codings and ClickHouse's own frames, both ways."""

import gzip
import zlib
from collections.abc import Callable

import cramjam
import lz4.frame
import pytest
import zstandard

from sinks.embedded.frames import FrameDecoder, pack
from tests.contract.clickhouse.conftest import Backend

TEXT = "".join(f"{number}\n" for number in range(100000)).encode()

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: bytes(cramjam.brotli.compress(data)),
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
}
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": lambda data: bytes(cramjam.brotli.decompress(data)),
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    "lz4": lz4.frame.decompress,
}


@pytest.mark.parametrize("coding", PACK)
def test_answers(backend: Backend, coding: str) -> None:
    answer = backend.ask(
        "SELECT number FROM numbers(100000)", headers={"Accept-Encoding": coding}, enable_http_compression=1
    )
    assert answer.headers["Content-Encoding"] == coding
    assert UNPACK[coding](answer.data) == TEXT


@pytest.mark.parametrize("coding", PACK)
def test_answers_that_stream(backend: Backend, coding: str) -> None:
    answer = backend.ask(
        "SELECT number FROM numbers(1000000)", headers={"Accept-Encoding": coding}, enable_http_compression=1
    )
    assert UNPACK[coding](answer.data).count(b"\n") == 1000000


def test_answers_are_plain_unless_wanted(backend: Backend) -> None:
    for headers, wanted in (({"Accept-Encoding": "gzip"}, 0), ({}, 1), ({"Accept-Encoding": "gzip;q=0"}, 1)):
        answer = backend.ask("SELECT 1", headers=headers, enable_http_compression=wanted)
        assert "Content-Encoding" not in answer.headers
        assert answer.data == b"1\n"


@pytest.mark.parametrize("coding", PACK)
def test_a_query_that_is_packed(backend: Backend, coding: str) -> None:
    assert backend.ask(PACK[coding](b"SELECT 42"), headers={"Content-Encoding": coding}).data == b"42\n"


@pytest.mark.parametrize("coding", PACK)
def test_data_that_are_packed(backend: Backend, table: str, coding: str) -> None:
    packed = PACK[coding](TEXT)
    pieces = iter([packed[:10], packed[10:1000], packed[1000:]])
    answer = backend.ask(
        body=pieces, headers={"Content-Encoding": coding}, query=f"INSERT INTO {table} (id) FORMAT TSV"
    )
    assert answer.status == 200, answer.data
    assert backend.text(f"SELECT count(), sum(id) FROM {table}") == "100000\t4999950000\n"


@pytest.mark.parametrize("coding", PACK)
def test_data_that_are_cut_off_are_not_stored(backend: Backend, table: str, coding: str) -> None:
    packed = PACK[coding](TEXT)
    answer = backend.ask(
        packed[: len(packed) // 2], headers={"Content-Encoding": coding}, query=f"INSERT INTO {table} (id) FORMAT TSV"
    )
    assert answer.status in {400, 500}
    assert backend.text(f"SELECT count() FROM {table}") == "0\n"


def test_own_frames(backend: Backend, table: str) -> None:
    packed = b"".join(pack(TEXT))
    answer = backend.ask(packed, query=f"INSERT INTO {table} (id) FORMAT TSV", decompress=1)
    assert answer.status == 200, answer.data
    frames = backend.ask(f"SELECT id FROM {table} ORDER BY id", compress=1).data
    assert b"".join(FrameDecoder().decode(frames)) == TEXT


def test_own_frames_inside_a_coding(backend: Backend) -> None:
    packed = gzip.compress(b"".join(pack(b"SELECT 42")))
    assert backend.ask(packed, headers={"Content-Encoding": "gzip"}, decompress=1).data == b"42\n"
