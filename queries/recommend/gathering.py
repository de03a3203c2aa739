"""Questions that come at the same time are asked together: what a question costs is mostly the asking."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Gathering(Generic[Key, Answer]):
    """Asks about one key for each of several threads. An answer is never older than the question."""

    def __init__(self, ask: Callable[[list[Key]], Mapping[Key, Answer]], most: int = 64) -> None:
        """`ask` answers for up to `most` keys at once, for all of them; it is not called by two threads at once."""
        self._ask, self._most = ask, most
        self._waiting: dict[Key, Future[Answer]] = {}
        self._guard, self._turn = threading.Lock(), threading.Lock()

    def ask(self, key: Key) -> Answer:
        """The answer about a key; raises what `ask` raises."""
        with self._guard:
            future = self._waiting.setdefault(key, Future())
        while not future.done():
            # Whose turn it is asks for all who wait by then; the others find their answer when they get theirs.
            with self._turn:
                if not future.done():
                    self._ask_for_all()
        return future.result()

    def _ask_for_all(self) -> None:
        with self._guard:
            keys = list(self._waiting)[: self._most]
            futures = [self._waiting.pop(key) for key in keys]
        try:
            answers = self._ask(keys)
            for key, future in zip(keys, futures, strict=True):
                future.set_result(answers[key])
        except BaseException as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
