"""Whether a stack has recovered from a fault, keeps its pace, or stands still: judged from what was seen of it.

Time is that of the states: nothing here looks at a clock.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.statistics import median
from tests.chaos.look import Offsets, State

#: Behind by no more than so many seconds of the stream, a reader has caught up.
BOUNDED_SECONDS = 5
#: A pace is that of so many seconds; of twice as many before the first fault.
PACE_SECONDS = 5.0
#: Of what was sent, a reader that keeps the rate has left less than this share.
GROWING_SHARE = 0.2
#: A stack of which nothing gets better for so long stands still.
STUCK_SECONDS = 180.0

#: How a fault may end: the stack has caught up, also with all that was in Kafka when the fault was over; it was behind
#: before the fault, and takes in again as it did; it takes in, but has not caught up in the time it is given; it stands
#: still, or a part does not answer.
CAUGHT_UP, KEEPS_PACE, BEHIND, STUCK = "caught up", "keeps its pace", "still behind", "stuck"


class Judge:
    """Sees states one after the other; says what they mean."""

    def __init__(self, rate: int) -> None:
        self._most = BOUNDED_SECONDS * rate
        self._first: State | None = None
        self._recent: deque[State] = deque()
        self._over: State | None = None
        self._was_behind: frozenset[str] = frozenset()
        self._usual: Mapping[str, float] = {}

    def saw(self, state: State) -> None:
        """The newest; those in trouble say nothing of a pace."""
        if state.trouble:
            return
        self._first = self._first or state
        self._recent.append(state)
        while len(self._recent) > 2 and self._recent[1].at <= state.at - PACE_SECONDS:
            self._recent.popleft()

    def begin(self) -> None:
        """A fault begins: what is behind by now is so without it, and the pace until now is the usual one."""
        self._over = None
        if not self._recent or self._first is None:
            return
        first, last = self._first, self._recent[-1]
        # What is sent and not taken in meanwhile is as good as a backlog: it will be one, fault or no fault.
        bearable = GROWING_SHARE * (last.sent - first.sent)
        self._was_behind = frozenset(
            what for what, count in last.left.items() if count > self._most or count - first.left[what] > bearable
        )
        self._usual = paces(first, last) if last.at - first.at >= PACE_SECONDS else {}

    @property
    def ready(self) -> bool:
        """Whether enough was seen in peace to tell a pace."""
        return self._first is not None and self._recent[-1].at - self._first.at >= 2 * PACE_SECONDS

    def recovered(self, state: State) -> str:
        """CAUGHT_UP, KEEPS_PACE or nothing, once the fault is over. `state` is the newest that was seen."""
        if state.trouble:
            return ""
        # A fault is short, and little is left of it whoever reads: each must have what was there when it was over.
        over = self._over = self._over or state
        late = {what for what, count in state.left.items() if count > self._most}
        if not all(_has(done, over.ends) for what, done in state.done.items() if what not in late):
            return ""
        if not late:
            return CAUGHT_UP
        since = max(over, self._recent[0], key=lambda one: one.at)
        now = paces(since, state)
        kept = late <= self._was_behind and all(
            self._usual.get(what, 0.0) <= now[what] for what in late if what in state.taken
        )
        moved = all(sum(done.values()) > sum(since.done[what].values()) for what, done in state.done.items())
        full = state.at - since.at >= PACE_SECONDS
        return KEEPS_PACE if kept and moved and full and self._usual else ""


def _has(done: Offsets, ends: Offsets) -> bool:
    return all(done.get(where, 0) >= end for where, end in ends.items())


def paces(one: State, other: State) -> dict[str, float]:
    """What each reader took in from one state to the other, in records a second."""
    seconds = other.at - one.at
    return {what: (count - one.taken[what]) / seconds if seconds else 0.0 for what, count in other.taken.items()}


class Standstill:
    """For how long nothing has got better."""

    def __init__(self, at: float) -> None:
        self._since = at
        self._silent: int | None = None
        self._left: dict[str, int] = {}
        self._taken: dict[str, int] = {}

    def seconds(self, state: State) -> float:
        """Up to this state: since fewer parts were silent, less was left or more was taken in than ever before."""
        better = [self._silent is None or len(state.silent) < self._silent]
        self._silent = len(state.silent) if better[0] else self._silent
        for best, now, sign in ((self._left, state.left, -1), (self._taken, state.taken, 1)):
            for what, count in now.items():
                if what not in best or sign * count > sign * best[what]:
                    best[what] = count
                    better.append(True)
        if any(better):
            self._since = state.at
        return state.at - self._since


@dataclass(frozen=True)
class Recovered:
    """From a fault: how it ended and after how many seconds; of a kill, when the part answered again."""

    end: str
    seconds: float
    parts: tuple[str, ...] = ()
    answers: float | None = None


@dataclass
class Recoveries:
    """All of a run."""

    all: list[Recovered] = field(default_factory=list)

    def count(self, *ends: str) -> int:
        """How many ended so."""
        return sum(one.end in ends for one in self.all)

    def figures(self) -> dict[str, Any]:
        """Numbers for the account; the longest in seconds is of all that did recover."""
        well = [one.seconds for one in self.all if one.end in {CAUGHT_UP, KEEPS_PACE}]
        return {
            "recovery_max_s": round(max(well, default=0.0), 1),
            "recoveries_by_pace": self.count(KEEPS_PACE),
            "still_behind": self.count(BEHIND),
        }

    def by_part(self) -> dict[str, dict[str, Any]]:
        """Of parts that were killed alone: seconds until they answered and until all had caught up."""
        parts = sorted({one.parts[0] for one in self.all if one.answers is not None})
        return {part: self._of(part) for part in parts}

    def _of(self, part: str) -> dict[str, Any]:
        kills = [one for one in self.all if one.answers is not None and one.parts == (part,)]
        answered = [one.answers for one in kills if one.answers is not None]
        well = [one.seconds for one in kills if one.end in {CAUGHT_UP, KEEPS_PACE}]
        return {
            "kills": len(kills),
            **_two("answers", answered),
            **_two("caught_up", well),
            "by_pace": sum(one.end == KEEPS_PACE for one in kills),
            "not_caught_up": len(kills) - len(well),
        }


def _two(name: str, seconds: Sequence[float]) -> dict[str, float | None]:
    if not seconds:
        return {f"{name}_median_s": None, f"{name}_max_s": None}
    return {f"{name}_median_s": round(median(seconds), 1), f"{name}_max_s": round(max(seconds), 1)}
