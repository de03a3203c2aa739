"""Calls that block: so many at once, whoever waits for them."""

import asyncio
import threading

import pytest

from queries.api import turns
from queries.console import commands
from queries.console.commands import Commands, Done
from queries.console.threads import Threads
from schemas.errors import BusyError


def test_a_call_holds_its_thread_to_its_end_though_nobody_waits_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.01)
    begun, go_on = threading.Event(), threading.Event()

    def blocking() -> str:
        begun.set()
        go_on.wait()
        return "done"

    async def asked() -> None:
        threads = Threads(1, "None came free for {seconds} s.")
        asking = asyncio.create_task(threads.run(blocking))
        await asyncio.to_thread(begun.wait)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        with pytest.raises(BusyError, match=r"None came free for 0\.01 s\."):
            await threads.run(blocking)
        monkeypatch.setattr(turns, "PATIENCE_SECONDS", 60.0)
        waiting = asyncio.create_task(threads.run(blocking))
        go_on.set()
        assert await waiting == "done"
        threads.close()

    asyncio.run(asked())


def test_what_a_call_raises_is_raised_and_its_place_is_free_again() -> None:
    def wrong() -> None:
        raise BusyError("at work")

    async def asked() -> None:
        threads = Threads(1, "None came free.")
        for _ in range(3):
            with pytest.raises(BusyError, match="at work"):
                await threads.run(wrong)
        threads.close()

    asyncio.run(asked())


def test_so_many_commands_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.01)

    async def asked() -> None:
        go_on = asyncio.Event()

        async def c360(*words: str) -> Done:
            await go_on.wait()
            return Done(0, words[0], "")

        monkeypatch.setattr(commands, "c360", c360)
        here = Commands()
        running = [asyncio.create_task(here.run(name)) for name in ("one", "two")]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="2 commands run"):
            await here.run("three")
        go_on.set()
        assert [done.out for done in await asyncio.gather(*running)] == ["one", "two"]
        assert (await here.run("three")).out == "three"

    asyncio.run(asked())
