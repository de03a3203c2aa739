"""The thread that erases does not end unseen."""

import threading

import pytest

from schemas.settings import Settings
from sinks.erasure import Eraser


def test_what_ends_the_thread_ends_the_process_and_being_told_to_stop_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, stop, eraser = threading.Event(), threading.Event(), Eraser(Settings())
    monkeypatch.setattr(Eraser, "look", lambda _: looked.set())
    eraser.start(stop)
    assert looked.wait(10)
    stop.set()
    eraser.end()

    def broken(_: Eraser) -> None:
        raise RuntimeError("a column is gone")

    monkeypatch.setattr(Eraser, "look", broken)
    stop = threading.Event()
    eraser.start(stop)
    assert stop.wait(10)
    with pytest.raises(RuntimeError, match="a column is gone"):
        eraser.end()
