"""Questions that come at the same time are asked together: what a question costs is mostly the asking."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Generic, TypeVar

#: Keys of one question, and questions at once.
MOST, ABREAST = 64, 2
#: Seconds that the last question must have been under way before another is asked beside it. Two that are quick hold
#: each other up; one that is slow shall not hold up all.
PATIENCE = 0.02

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Gathering(Generic[Key, Answer]):
    """Asks about one key for each of several threads. An answer is never older than the question."""

    def __init__(
        self,
        ask: Callable[[list[Key]], Mapping[Key, Answer]],
        most: int = MOST,
        abreast: int = ABREAST,
        patience: float = PATIENCE,
    ) -> None:
        """`ask` answers for up to `most` keys, for all of them; up to `abreast` threads call it at once."""
        self._ask, self._most, self._abreast, self._patience = ask, most, abreast, patience
        self._waiting: dict[Key, Future[Answer]] = {}
        self._running, self._began = 0, 0.0
        self._changed = threading.Condition()

    def ask(self, key: Key) -> Answer:
        """The answer about a key; raises what `ask` raises."""
        with self._changed:
            future = self._waiting.setdefault(key, Future())
        while not future.done():
            with self._changed:
                # Whoever finds room asks for all who wait by then.
                while not future.done() and (seconds := self._seconds_to_wait()) != 0:
                    self._changed.wait(seconds)
                if future.done():
                    break
                self._running, self._began = self._running + 1, time.monotonic()
                keys = list(self._waiting)[: self._most]
                futures = [self._waiting.pop(each) for each in keys]
            try:
                self._answer(keys, futures)
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()
        return future.result()

    def _seconds_to_wait(self) -> float | None:
        """Until somebody may ask; None: until something changes."""
        if not self._waiting or self._running >= self._abreast:
            return None
        return max(0.0, self._began + self._patience - time.monotonic()) if self._running else 0.0

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
