"""On the event loop, too, those who ask at once are asked for together, and what fails fails for who asked."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from queries.api.gathering import LoopGathering

Ask = Callable[[list[int]], Mapping[int, int]]


def run(ask: Ask, scene: Callable[[LoopGathering[int, int]], Any], patience: float = 3600.0) -> Any:
    """What the scene comes to, with a gathering of its own."""

    async def whole() -> Any:
        gathering = LoopGathering(ask, patience)
        try:
            async with asyncio.timeout(30):
                return await scene(gathering)
        finally:
            gathering.close()

    return asyncio.run(whole())


class Asked:
    """Answers with squares; the first question waits for `go`, and says that it has begun."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, keys: list[int]) -> Mapping[int, int]:
        self.calls.append(sorted(keys))
        if len(self.calls) == 1:
            self.begun.set()
            assert self.go.wait(30)
        return {key: key * key for key in keys}


def test_those_who_wait_are_asked_for_together() -> None:
    asked = Asked()

    async def scene(gathering: LoopGathering[int, int]) -> list[int]:
        first = asyncio.ensure_future(gathering.ask(1))
        await asyncio.to_thread(asked.begun.wait, 30)
        others = [asyncio.ensure_future(gathering.ask(key)) for key in (2, 3, 3, 4)]
        await asyncio.sleep(0)
        asked.go.set()
        return await asyncio.gather(first, *others)

    assert run(asked, scene) == [1, 4, 9, 9, 16]
    assert asked.calls == [[1], [2, 3, 4]]


def test_another_begins_beside_one_that_takes_long() -> None:
    asked = Asked()

    async def scene(gathering: LoopGathering[int, int]) -> list[int]:
        first = asyncio.ensure_future(gathering.ask(1))
        await asyncio.to_thread(asked.begun.wait, 30)
        second = await gathering.ask(2)
        assert not first.done()
        asked.go.set()
        return [await first, second]

    assert run(asked, scene, patience=0.001) == [1, 4]
    assert asked.calls == [[1], [2]]


def test_who_leaves_takes_nothing_from_who_waits_for_the_same() -> None:
    asked = Asked()

    async def scene(gathering: LoopGathering[int, int]) -> int:
        leaving, staying = (asyncio.ensure_future(gathering.ask(5)) for _ in range(2))
        await asyncio.to_thread(asked.begun.wait, 30)
        leaving.cancel()
        await asyncio.sleep(0)
        asked.go.set()
        return await staying

    assert run(asked, scene) == 25


def test_a_failure_reaches_who_asked_and_the_next_question_is_asked_anew() -> None:
    wrong = [ValueError("not now")]

    def ask(keys: list[int]) -> Mapping[int, int]:
        if wrong:
            raise wrong.pop()
        return dict.fromkeys(keys, 7)

    async def scene(gathering: LoopGathering[int, int]) -> int:
        with pytest.raises(ValueError, match="not now"):
            await gathering.ask(1)
        return await gathering.ask(1)

    assert run(ask, scene) == 7


def test_all_are_answered() -> None:
    sizes: list[int] = []

    def ask(keys: list[int]) -> Mapping[int, int]:
        sizes.append(len(keys))
        return {key: -key for key in keys}

    async def scene(gathering: LoopGathering[int, int]) -> list[int]:
        return await asyncio.gather(*(gathering.ask(key) for key in range(500)))

    assert run(ask, scene) == [-key for key in range(500)]
    assert max(sizes) <= 64
