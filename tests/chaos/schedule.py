"""What is done to the stack when: drawn from a seed, so that a run that failed can be had again."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

#: A broker's name begins with it. Other parts are started again by their supervisor, brokers by the run.
BROKER = "kafka-"
#: kill -9, and SIGSTOP with SIGCONT afterwards, of one process.
KILL, PAUSE = "kill", "pause"
#: kill -9 of everything at once.
RESTART = "restart"
#: One more stream processor joins and leaves.
REBALANCE = "rebalance"
#: Of the network to a broker: connections break, nothing comes through, everything comes later.
CUT, SILENCE, SLOW = "cut", "silence", "slow"
#: Records that readers cannot use; records of a newer schema; events of a producer whose clock is wrong.
POISON, SCHEMA, CLOCK = "poison", "schema", "clock"
KINDS = (KILL, PAUSE, RESTART, REBALANCE, CUT, SILENCE, SLOW, POISON, SCHEMA, CLOCK)
#: Those that send no events of today.
PAST_KINDS = tuple(kind for kind in KINDS if kind not in {SCHEMA, CLOCK})
#: Where there are disks for it: one has no room, one that takes writes by fits and starts.
FULL, STALLING = "full disk", "slow disk"

#: What ends with a start of whichever broker is down then, and what starts one: a broker is not started twice.
_STARTS_ALL, _STARTS = frozenset({RESTART, FULL}), frozenset({KILL, RESTART, FULL})

#: Between two faults at least, if no number of them is asked for.
EVERY_SECONDS = 15.0
#: A fault begins in the first part of its share of the time, and is over in the first half: the rest is to recover in.
BEGIN, OVER = 0.25, 0.5
#: One that comes amid another begins while that one lasts, or so soon after: no part is back by then.
SOON_SECONDS = 1.0
#: Shortest and longest time in seconds for which a fault lasts, where the share of the time allows that.
LASTS = {
    KILL: (0.5, 3.0),
    PAUSE: (2.0, 8.0),
    RESTART: (0.5, 3.0),
    REBALANCE: (3.0, 8.0),
    CUT: (2.0, 8.0),
    SILENCE: (2.0, 8.0),
    SLOW: (5.0, 10.0),
    FULL: (2.0, 8.0),
    STALLING: (3.0, 10.0),
}
#: Least and most of what a fault is a number of, and the word for it. Steps of the clock are less than an hour apart,
#: which events may be late by, and less than Kafka lets an event be ahead.
AMOUNTS = {
    SLOW: (20, 300, "ms"),
    POISON: (20, 200, "records"),
    SCHEMA: (10, 100, "records"),
    CLOCK: (-25, 30, "minutes"),
}


@dataclass(frozen=True)
class Fault:
    """One thing that is done, `at` seconds after the stream's begin, to a part if it is one's.

    A broker that was killed stays dead for `seconds`; all other faults last so long, if they last at all. `amount` is
    in what AMOUNTS says. One that is `amid` begins before the stack has recovered from the one before it.
    """

    at: float
    kind: str
    part: str = ""
    seconds: float = 0.0
    amount: int = 0
    amid: bool = False

    def __str__(self) -> str:
        amount = f"{self.amount} {AMOUNTS[self.kind][2]}" if self.kind in AMOUNTS else ""
        lasts = f"for {self.seconds:.1f} s" if self.seconds else ""
        amid = "amid that" if self.amid else ""
        return " ".join(filter(None, (self.kind, self.part, amount, lasts, amid)))


def schedule(
    seed: int,
    seconds: float,
    parts: Sequence[str],
    count: int | None = None,
    disks: Sequence[str] = (),
    kinds: Sequence[str] = KINDS,
    overlap: float = 0.0,
) -> tuple[Fault, ...]:
    """The faults of a run, in order; `count` of them, or as many as there is time for.

    Each kind is dealt once before any comes again, and so is each part of a kind. Of those that can come amid the one
    before, the share `overlap` does.
    """
    count = max(1, int(seconds / EVERY_SECONDS)) if count is None else count
    dice, share = random.Random(seed), seconds / max(1, count)
    cards = (*kinds, FULL, STALLING) if disks else kinds
    dealt = _dealt(dice, cards)
    targets = {kind: _dealt(dice, disks if kind in {FULL, STALLING} else _targets(kind, parts)) for kind in cards}
    faults = []
    for number in range(count):
        kind = next(dealt)
        part, at = next(targets[kind]), share * (number + dice.uniform(0, BEGIN))
        least, most = (min(limit, share * (OVER - BEGIN)) for limit in LASTS.get(kind, (0.0, 0.0)))
        lasts = round(dice.uniform(least, most), 1)
        kept = kind == KILL and not part.startswith(BROKER)
        amount = dice.randint(*AMOUNTS[kind][:2]) if kind in AMOUNTS else 0
        faults.append(Fault(round(at, 1), kind, part, 0.0 if kept else lasts, amount))
    return _overlapping(random.Random(f"{seed} amid"), faults, overlap)


def kills(seed: int, seconds: float, parts: Sequence[str], count: int) -> tuple[Fault, ...]:
    """Nothing but kill -9, of every part so often, by rounds in an order of chance; brokers are started at once."""
    dealt, number = _dealt(random.Random(seed), parts), count * len(parts)
    return tuple(Fault(round(seconds * place / number, 1), KILL, next(dealt)) for place in range(number))


def grouped(faults: Sequence[Fault]) -> list[tuple[Fault, ...]]:
    """Each fault with those that come amid it, in order."""
    groups: list[tuple[Fault, ...]] = []
    for fault in faults:
        if fault.amid:
            groups[-1] = (*groups[-1], fault)
        else:
            groups.append((fault,))
    return groups


def _overlapping(dice: random.Random, faults: Sequence[Fault], share: float) -> tuple[Fault, ...]:
    """The faults with a share of them moved into the one before."""
    out: list[Fault] = []
    for fault in faults:
        amid, place = dice.random() < share, dice.random()
        # No more than one into another: what follows a pair is a rest.
        if amid and out and not out[-1].amid and _together(out[-1], fault):
            at = round(out[-1].at + place * max(out[-1].seconds, SOON_SECONDS), 1)
            out.append(replace(fault, at=at, amid=True))
        else:
            out.append(fault)
    return tuple(out)


def _together(one: Fault, other: Fault) -> bool:
    """Whether both can be done at once: to two parts, and no broker may be started by both."""
    same, kinds = one.part == other.part and bool(one.part), {one.kind, other.kind}
    return not same and not (kinds <= _STARTS and kinds & _STARTS_ALL)


def _targets(kind: str, parts: Sequence[str]) -> Sequence[str]:
    """What it may be done to, or how."""
    if kind in {KILL, PAUSE}:
        return parts
    if kind in {CUT, SILENCE, SLOW}:
        return [part for part in parts if part.startswith(BROKER)]
    return ("leaves", "dies") if kind == REBALANCE else ("",)


def _dealt(dice: random.Random, cards: Sequence[str]) -> Iterator[str]:
    """The cards in an order of chance, then all of them again in another, without end."""
    return itertools.chain.from_iterable(dice.sample(cards, len(cards)) for _ in itertools.count())
