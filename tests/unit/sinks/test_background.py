"""What `python -m sinks` does beside its watching does not end unseen."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from sinks.background import Background, told_to_end


class Looking(Background):
    """Says that it looks, or what is wrong."""

    name = "looking"

    def __init__(self, wrong: Exception | None = None) -> None:
        super().__init__()
        self.looked, self._wrong = threading.Event(), wrong

    def look(self) -> None:
        self.looked.set()
        if self._wrong:
            raise self._wrong


def test_being_told_to_stop_is_no_failure() -> None:
    stop, looking = threading.Event(), Looking()
    looking.start(stop)
    assert looking.looked.wait(10)
    stop.set()
    looking.end()


def test_what_ends_the_thread_ends_the_process() -> None:
    stop, looking = threading.Event(), Looking(RuntimeError("a column is gone"))
    looking.start(stop)
    assert stop.wait(10)
    with pytest.raises(RuntimeError, match="a column is gone"):
        looking.end()


@pytest.fixture
def handlers() -> Iterator[None]:
    """Those of the process of the tests come back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_tells_the_process_to_end(number: signal.Signals) -> None:
    stop = told_to_end()
    assert not stop.is_set()
    os.kill(os.getpid(), number)
    assert stop.wait(10)
