"""Work of a page: ended with it, and by newer work."""

import asyncio

import pytest

from queries.console.work import Work
from tests.unit.queries.console.page import Page, visited


class Slow:
    """Work that begins, waits to be let go on, and says how it ended."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await self.go_on.wait()
            self.said.append("done")
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.said.append("cancelled")
            raise


def test_newer_work_begins_when_older_has_ended_and_an_old_answer_never_comes_after() -> None:
    async def visit(page: Page) -> None:
        page.connect()
        work, older = Work(), Slow()
        first = asyncio.create_task(work.do(older))
        await older.begun.wait()

        async def newer(name: str) -> None:
            older.said.append(name)

        # Of these only the last is wanted, and the others have not begun when it comes.
        await asyncio.gather(work.do(lambda: newer("one")), work.do(lambda: newer("two")), first)
        assert older.said == ["cancelled", "two"]

    visited(visit)


def test_work_ends_with_its_page_and_none_begins_after() -> None:
    async def visit(page: Page) -> None:
        page.connect()
        work, slow = Work(), Slow()
        doing = asyncio.create_task(work.do(slow))
        await slow.begun.wait()
        page.delete()
        await doing
        await work.do(Slow())
        assert slow.said == ["cancelled"]

    visited(visit)


def test_work_ends_with_who_waits_for_it() -> None:
    async def visit(page: Page) -> None:
        page.connect()
        work, slow = Work(), Slow()
        doing = asyncio.create_task(work.do(slow))
        await slow.begun.wait()
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        await work.do(lambda: asyncio.sleep(0))
        assert slow.said == ["cancelled"]

    visited(visit)


def test_nothing_is_done_for_a_browser_that_never_comes() -> None:
    async def visit(page: Page) -> None:
        work, slow = Work(), Slow()
        opening = asyncio.create_task(work.open(slow))
        await asyncio.sleep(0)
        page.delete()
        await opening
        assert not slow.begun.is_set()

    visited(visit)


def test_what_goes_wrong_is_raised_to_who_waits() -> None:
    async def visit(page: Page) -> None:
        page.connect()

        async def wrong() -> None:
            raise RuntimeError("not foreseen")

        with pytest.raises(RuntimeError, match="not foreseen"):
            await Work().do(wrong)

    visited(visit)
