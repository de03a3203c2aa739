"""Rows out of the bytes of an answer, in whatever pieces, and what an answer that breaks off says."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.graph.bolt import rows
from queries.graph.bolt.faults import UNAVAILABLE, Fault
from queries.graph.bolt.rows import Rows
from schemas.errors import QueryError

HEAD = b'["n","day"]\n["UInt64","Date"]\n'
ANSWER = HEAD + b'[1,"2026-01-01"]\n[2,"2026-01-02"]\n[3,"2026-01-03"]\n'
EXPECTED = [[1, dt.date(2026, 1, 1)], [2, dt.date(2026, 1, 2)], [3, dt.date(2026, 1, 3)]]
BROKEN = (
    b"\r\n__exception__\r\n0123456789abcdef\r\nCode: 241. DB::Exception: Query memory limit exceeded: (x)\nmore. "
    b"(MEMORY_LIMIT_EXCEEDED) (version 26.9)\n99 0123456789abcdef\r\n__exception__\r\n"
)


def rows_of(pieces: Sequence[bytes], error: Exception | None = None) -> Rows:
    left = [*pieces]

    async def get() -> bytes:
        if not left and error is not None:
            raise error
        return left.pop(0) if left else b""

    return Rows(get)


async def everything(answer: Rows, most: int = 2) -> list[list[Any]]:
    found = []
    while batch := await answer.batch(most):
        assert len(batch) <= most
        found += batch
    assert not await answer.more()
    return found


@given(st.lists(st.integers(1, 12), max_size=12), st.integers(1, 4))
def test_rows_in_any_pieces(sizes: list[int], most: int) -> None:
    pieces, place = [], 0
    for size in [*sizes, len(ANSWER)]:
        pieces.append(ANSWER[place : place + size])
        place += size
    assert asyncio.run(everything(rows_of([piece for piece in pieces if piece]), most)) == EXPECTED


@pytest.mark.parametrize("head", [HEAD, HEAD.rstrip(b"\n")])
def test_no_rows(head: bytes) -> None:
    assert asyncio.run(everything(rows_of([head]))) == []


def test_whether_there_is_more_is_known_without_taking_it() -> None:
    async def go() -> None:
        found = rows_of([ANSWER])
        assert await found.more()
        assert await found.batch(2) == EXPECTED[:2]
        assert await found.more()
        assert await found.batch(2) == EXPECTED[2:]
        assert not await found.more()

    asyncio.run(go())


@pytest.mark.parametrize("before", [b"", HEAD, ANSWER], ids=["at once", "before rows", "after rows"])
@pytest.mark.parametrize("error", [None, Fault(UNAVAILABLE, "broke off")], ids=["ends", "breaks off"])
def test_the_reason_in_the_middle_of_an_answer_counts(before: bytes, error: Fault | None) -> None:
    async def go() -> None:
        found = rows_of([before + BROKEN[:20], BROKEN[20:]] if before else [BROKEN], error)
        with pytest.raises(QueryError, match=r"^Code: 241\. DB::Exception: Query memory limit exceeded: \(x\) more\."):
            await everything(found)

    asyncio.run(go())


@pytest.mark.parametrize("cut", [ANSWER[:5], HEAD[:20], HEAD, ANSWER[:-3], ANSWER])
def test_an_answer_that_breaks_off_without_a_reason_is_no_answer(cut: bytes) -> None:
    with pytest.raises(Fault, match="broke off"):
        asyncio.run(everything(rows_of([cut], Fault(UNAVAILABLE, "broke off"))))


def test_a_long_row_in_small_pieces() -> None:
    text = "x" * 200_000
    answer = f'["s"]\n["String"]\n["{text}"]\n'.encode()
    pieces = [answer[start : start + 1000] for start in range(0, len(answer), 1000)]
    assert asyncio.run(everything(rows_of(pieces))) == [[text]]


def test_a_row_without_end_is_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LONGEST_ROW", 1000)
    with pytest.raises(Fault, match="A row is longer than"):
        asyncio.run(everything(rows_of([HEAD, b"[", *[b"1, " * 100] * 5])))
