"""Questions that come at the same time are asked together: what a question costs is mostly the asking."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Gathering(Generic[Key, Answer]):
    """Asks about one key for each of several threads. An answer is never older than the question."""

    def __init__(self, ask: Callable[[list[Key]], Mapping[Key, Answer]], most: int = 64, abreast: int = 2) -> None:
        """`ask` answers for up to `most` keys, for all of them; up to `abreast` threads call it at once."""
        self._ask, self._most = ask, most
        self._waiting: dict[Key, Future[Answer]] = {}
        self._free = abreast
        self._changed = threading.Condition()

    def ask(self, key: Key) -> Answer:
        """The answer about a key; raises what `ask` raises."""
        with self._changed:
            future = self._waiting.setdefault(key, Future())
        while not future.done():
            with self._changed:
                # Whoever finds room asks for all who wait by then.
                self._changed.wait_for(lambda: future.done() or (self._free > 0 and bool(self._waiting)))
                if future.done():
                    break
                self._free -= 1
                keys = list(self._waiting)[: self._most]
                futures = [self._waiting.pop(each) for each in keys]
            try:
                self._answer(keys, futures)
            finally:
                with self._changed:
                    self._free += 1
                    self._changed.notify_all()
        return future.result()

    def _answer(self, keys: list[Key], futures: list[Future[Answer]]) -> None:
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
