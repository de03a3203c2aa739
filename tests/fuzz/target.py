"""What is fuzzed, and what is a defect: an error of no documented kind, a hang, memory beyond a cap, a wrong answer.

Input N of a seed is always the same one: the corpus first, then what is drawn by seed and N. So inputs may be tried in
pieces, each from where the last one ended.
"""

import contextlib
import random
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.mutation import mutated

CORPUS = Path(__file__).with_name("corpus")
#: Seconds of this process's own time after which an input hangs: a loaded machine is slow, not wrong.
HANG_SECONDS = 5.0
#: Seconds by the clock after which inputs hang: a server that answers no more costs this process nothing. Whatever
#: else the machine does, no batch takes a tenth of it.
STUCK_SECONDS = 300.0
#: Address space that inputs may make this process take on top of what it has.
MEMORY = 1 << 30


class HangError(BaseException):
    """An input that takes too long; no code under test catches it with its own errors."""


class Target:
    """One reader. Those that are quick take many inputs at once."""

    name = ""
    #: The folder of its corpus, where that is another's.
    kept = ""
    #: Inputs that are judged together.
    batch = 1
    #: Pieces that mean something to the reader.
    words: Sequence[bytes] = ()

    def __init__(self) -> None:
        self.seeds = corpus(self.kept or self.name)

    def make(self, draw: random.Random) -> bytes:
        """An input."""
        return mutated(draw, self.seeds, self.words)

    def judge(self, inputs: list[bytes]) -> list[bool]:
        """Whether each is accepted or refused as documented; raises whatever else happens."""
        raise NotImplementedError

    def mend(self) -> None:
        """Makes anew what a defect may have left half done; called after each one, before the next input."""

    def close(self) -> None:
        """Ends what was started."""


@dataclass(frozen=True)
class Defect:
    """An input that was neither taken nor refused as documented."""

    number: int
    data: bytes
    error: str


@dataclass
class Account:
    """What became of the inputs."""

    target: str
    seed: int
    first: int = 0
    inputs: int = 0
    refused: int = 0
    accepted: int = 0
    defects: list[Defect] = field(default_factory=list)
    seconds: float = 0.0

    def figures(self) -> dict[str, Any]:
        """For the last line."""
        return {
            "target": self.target,
            "seed": self.seed,
            "first": self.first,
            "inputs": self.inputs,
            "refused": self.refused,
            "accepted": self.accepted,
            "defects": len(self.defects),
            "seconds": round(self.seconds, 1),
        }


def corpus(name: str) -> list[bytes]:
    """The inputs that are kept, by their files' names."""
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def input_of(target: Target, seed: int, number: int) -> bytes:
    """Input `number` of a seed."""
    if number < len(target.seeds):
        return target.seeds[number]
    return target.make(random.Random(seed << 64 | number))


def fuzz(
    target: Target,
    inputs: int,
    seed: int = 1,
    seconds: float = float("inf"),
    found: Callable[[Account, Defect], None] = lambda *_: None,
    most_defects: int = 20,
    first: int = 0,
) -> Account:
    """Judges so many inputs from the first on, or as many as fit into so many seconds; tells of each defect at once."""
    account = Account(target.name, seed, first)
    start = time.monotonic()
    with _memory_cap(), _alarms():
        while account.inputs < inputs and time.monotonic() - start < seconds and len(account.defects) < most_defects:
            at = first + account.inputs
            numbers = range(at, min(first + inputs, at + target.batch))
            batch = [input_of(target, seed, number) for number in numbers]
            for defect in _judged(target, account, numbers, batch):
                account.defects.append(defect)
                found(account, defect)
    account.seconds = time.monotonic() - start
    return account


def _judged(target: Target, account: Account, numbers: Sequence[int], batch: list[bytes]) -> Iterator[Defect]:
    account.inputs += len(batch)
    try:
        verdicts = _in_time(target, batch)
    except (Exception, HangError):  # noqa: BLE001 - whatever it is, it is a defect
        with _no_cap():
            target.mend()
        if len(batch) == 1:
            yield Defect(numbers[0], batch[0], traceback.format_exc())
            return
        account.inputs -= len(batch)
        alone = [
            one
            for number, data in zip(numbers, batch, strict=True)
            for one in _judged(target, account, [number], [data])
        ]
        yield from alone or [Defect(numbers[0], b"", f"only together, as a batch:\n{traceback.format_exc()}")]
        return
    account.accepted += sum(verdicts)
    account.refused += len(batch) - sum(verdicts)


def _in_time(target: Target, batch: list[bytes]) -> list[bool]:
    signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, STUCK_SECONDS)
    try:
        return target.judge(batch)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def _alarms() -> Iterator[None]:
    def ring(number: int, _: FrameType | None) -> None:
        spent = f"{HANG_SECONDS:g} s of work" if number == signal.SIGPROF else f"{STUCK_SECONDS:g} s by the clock"
        raise HangError(f"more than {spent}")

    before = {number: signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _memory_cap() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextlib.contextmanager
def _no_cap() -> Iterator[None]:
    """Processes that are started meanwhile have the machine's memory, as those from before the cap."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
