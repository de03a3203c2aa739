"""What `python -m sinks` does beside its watching does not end unseen."""

import threading

import pytest

from sinks.background import Background


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
