"""Threads that keep the tables up are nicer than those that answer; nobody else is."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sinks.embedded.niceness import NICER, Niceness
from tests.support.waiting import wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux alone")


@pytest.fixture
def threads() -> Iterator[list[int]]:
    """Two threads of this process, until the test has ended."""
    stop, come = threading.Event(), threading.Barrier(3)
    numbers: list[int] = []

    def wait() -> None:
        numbers.append(threading.get_native_id())
        come.wait(30)
        stop.wait(60)

    started = [threading.Thread(target=wait) for _ in range(2)]
    for each in started:
        each.start()
    come.wait(30)
    yield numbers
    stop.set()
    for each in started:
        each.join()


def tasks(folder: Path, names: dict[int, str]) -> Path:
    """As the kernel lists a process's threads."""
    for number, name in names.items():
        (folder / str(number)).mkdir()
        (folder / str(number) / "comm").write_text(f"{name}\n", encoding="utf-8")
    return folder


def niceness(number: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, number)


def test_upkeep_is_nicer_and_who_answers_is_not(tmp_path: Path, threads: list[int]) -> None:
    upkeep, answers = threads
    before = niceness(answers)
    looking = Niceness(tasks(tmp_path, {upkeep: "MergeMutate", answers: "QueryPullPipe"}))
    looking.look()
    looking.look()
    assert (niceness(upkeep), niceness(answers)) == (min(19, before + NICER["MergeMutate"]), before)


def test_a_thread_that_has_ended_meanwhile_is_no_failure(tmp_path: Path) -> None:
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    folder = tasks(tmp_path, {2**22 + 1: "MergeMutate"})
    (folder / "5").mkdir()  # its name cannot be read any more
    Niceness(folder).look()


def test_it_looks_by_itself_until_it_is_closed(tmp_path: Path, threads: list[int]) -> None:
    folder = tasks(tmp_path, {threads[0]: "BgMBSchPool"})
    looking = Niceness(folder, first=0.001)
    looking.start()
    wait_for(lambda: niceness(threads[0]) > niceness(threads[1]), "the first look", 30)
    looking.close()
    assert not looking._thread.is_alive()


def test_where_no_threads_are_listed_all_stay_as_they_are(tmp_path: Path) -> None:
    looking = Niceness(tmp_path / "nowhere")
    looking.start()
    looking.close()
