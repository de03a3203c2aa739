"""Threads that do several faults at once, and live as long as what they start."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

#: A fault, and one amid it.
MOST = 2


class Hands:
    """Both of them, until the block ends.

    A process that is to end with its parent ends with the thread that started it: a broker that a thread of one fault
    has started again would be killed by the kernel when that fault is over.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST, "hands")

    def __enter__(self) -> "Hands":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()

    @contextlib.contextmanager
    def at_once(self, works: Sequence[Callable[[], None]], stop: Callable[[], None]) -> Iterator[list[Future[None]]]:
        """Each work, begun; all have ended after the block. If that goes wrong, `stop` is called first."""
        begun = [self._threads.submit(work) for work in works]
        try:
            yield begun
        except BaseException:
            stop()
            raise
        finally:
            for one in begun:
                one.exception()
