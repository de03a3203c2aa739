"""Ctrl-C and SIGTERM: the first asks a run to stop after what is on its way, a second one at once."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator

#: A signal this long after the first is meant as another.
AGAIN_SECONDS = 1.0
TERMINATED = 143


@contextlib.contextmanager
def heard(ask: Callable[[], object] = lambda: None) -> Iterator[list[int]]:
    """Calls `ask` for the first signal and for one that comes a while later; yields those that came."""
    caught: list[int] = []
    asked = [0.0]

    def note(number: int, _frame: object) -> None:
        # One Ctrl-C may come twice, from the terminal and from the parent: only a later one is a second.
        now = time.monotonic()
        if not caught or now - asked[0] > AGAIN_SECONDS:
            ask()
        asked[0] = now if not caught else asked[0]
        caught.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(caught: list[int]) -> int:
    """The exit code of a run that was interrupted; 0 when no signal came."""
    if not caught:
        return 0
    return TERMINATED if caught[0] == signal.SIGTERM else 128 + caught[0]
