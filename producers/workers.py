"""Runs the senders: one in this process, or several in processes of their own, each with its share of the customers."""

import multiprocessing
import signal
import threading
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from producers.counters import Counters, Stop
from producers.plan import Plan
from producers.sender import Line, Sender, Sent
from producers.world.world import World
from schemas.errors import C360Error
from schemas.memory import cap

#: Bytes that a worker process may take: its world of a million customers takes a tenth.
MEMORY = 4 << 30


class Crew:
    """One or more senders with their counters. Use as a context: it leaves no process behind."""

    def __init__(self, lines: list[Line], plan: Plan, world: World) -> None:
        """`lines`: one for each worker. Several begin at once to build their world."""
        self.counters = [Counters() for _ in lines]
        self.stop = Stop()
        self._processes: list[Any] = []
        self._pipes: list[Connection] = []
        self._alone: Sender | None = None
        if len(lines) == 1:
            self._alone = Sender(lines[0], world, self.counters[0], self.stop)
            return
        context = multiprocessing.get_context("spawn")
        shared = [counters.shared for counters in self.counters]
        for line in lines:
            here, there = context.Pipe()
            arguments = (there, line, plan, shared, self.stop.shared)
            process = context.Process(target=_work, args=arguments, daemon=True, name=f"producer-{line.worker}")
            process.start()
            there.close()
            self._processes.append(process)
            self._pipes.append(here)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._processes:
            if kind is None:
                process.join(10)
            if process.is_alive():
                process.kill()
                process.join()

    def ready(self) -> None:
        """Waits until every worker has its world.

        Raises:
            C360Error: one has died.
        """
        for pipe in self._pipes:
            _received(pipe)

    def run(self, plan: Plan, start: float) -> list[Sent]:
        """Sends the plan; `start`: time.monotonic() at which event 0 leaves.

        Raises:
            C360Error: a worker failed.
        """
        if self._alone:
            return [self._alone.run(plan, start)]
        for pipe in self._pipes:
            pipe.send((plan, start))
        answers: dict[Connection, Sent] = {}
        while waiting := [pipe for pipe in self._pipes if pipe not in answers]:
            # The first that failed ends the run: the others may be waiting for it.
            answers.update({pipe: _received(pipe) for pipe in waiting if pipe in wait(waiting)})
        return [answers[pipe] for pipe in self._pipes]


def _received(pipe: Connection) -> Any:
    try:
        answer = pipe.recv()
    except EOFError:
        raise C360Error("A worker process has died; what it sent is not accounted for. Run it again.") from None
    if isinstance(answer, C360Error):
        raise answer
    return answer


def _follow_parent(stop: Stop) -> None:
    """Nobody sends on when the parent has been killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        stop.ask()
        stop.ask()


def _work(pipe: Connection, line: Line, plan: Plan, shared: list[Any], stop: Any) -> None:
    """A worker process; the parent alone hears signals, and passes them on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    cap(MEMORY)
    asked = Stop(stop)
    threading.Thread(target=_follow_parent, args=(asked,), daemon=True).start()
    try:
        counters = [Counters(one) for one in shared]
        sender = Sender(line, plan.world(), counters[line.worker], asked, counters)
        pipe.send(True)
        settled, start = pipe.recv()
        pipe.send(sender.run(settled, start))
    except C360Error as error:
        pipe.send(error)
    except MemoryError:
        pipe.send(C360Error(f"A worker needs more than the {MEMORY >> 30} GiB that it may take. Use fewer customers."))
    except (EOFError, BrokenPipeError):
        return  # the parent has gone, and with it whoever would read the account
