"""What one fault has started lives on when the fault is over; faults that go wrong have ended, too."""

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.chaos.hands import MOST, Hands

BOUND = (sys.executable, "-m", "ops.launcher.bound", "-c", "print('up', flush=True); import time; time.sleep(600)")


@pytest.fixture
def hands() -> Iterator[Hands]:
    with Hands() as made:
        yield made


def test_a_process_that_ends_with_its_parent_outlives_the_fault_that_started_it(hands: Hands) -> None:
    started: list[subprocess.Popen[str]] = []

    def start() -> None:
        started.append(subprocess.Popen(BOUND, stdout=subprocess.PIPE, text=True))

    def nothing() -> None:
        pass

    with hands.at_once([start], nothing) as works:
        works[0].result()
    (process,) = started
    try:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        # Others come and go; a thread that had ended would have taken it along by then.
        for _ in range(5):
            with hands.at_once([nothing] * MOST, nothing) as works:
                [work.result() for work in works]
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


def test_what_goes_wrong_ends_all_before_it_is_raised(hands: Hands) -> None:
    over, ended = threading.Event(), []

    def last() -> None:
        over.wait()
        ended.append("last")

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), hands.at_once([fail, last], over.set) as works:
        works[0].result()
    assert ended == ["last"]
