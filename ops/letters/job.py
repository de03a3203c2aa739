"""A replay from end to end: which letters go, which are refused and why, and how many went."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from ops.letters.judge import REPLAYED, Judge
from ops.letters.letters import Chosen, Filter, Identity, Letter, Letters
from ops.letters.replay import BEGUN, SENT, Replay


class Refused(NamedTuple):
    """A letter that was not sent."""

    identity: Identity
    reason: str


@dataclass
class Account:
    """What became of the letters; `before` were replayed already, `arrived` by a replay that was cut off."""

    sent: int = 0
    arrived: int = 0
    before: int = 0
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True)
class Options:
    """`force`: also what readers cannot read, but not into compacted topics; `again`: also what was replayed.

    `dry_run`: send and note nothing.
    """

    dry_run: bool = False
    force: bool = False
    again: bool = False


class Job:
    """Replays the letters of one filter."""

    def __init__(self, letters: Letters, judge: Judge, replay: Replay, options: Options) -> None:
        self._letters, self._judge, self._replay, self._options = letters, judge, replay, options
        self.account = Account()

    def left(self, chosen: Sequence[Chosen]) -> list[Chosen]:
        """Those that were not replayed before."""
        left = [one for one in chosen if self._options.again or one.replay != SENT]
        self.account.before = len(chosen) - len(left)
        return left

    def run(self, left: Sequence[Chosen], done: Callable[[int], None]) -> None:
        """Sends what `left` answers; `done` hears of letters as they are through.

        Raises:
            UnreachableError: Kafka or the registry does not answer. The same call goes on from there.
        """
        before = self._before(left)
        begun = {one.identity: one for one in (*left, *before) if one.replay == BEGUN}
        arrived = self._replay.arrived(list(begun.values()))
        self._recall([one for one in before if one.replay == SENT or one.identity in arrived])
        for letters in self._letters.whole(left):
            found = [letter for letter in letters if letter.identity in arrived]
            if not self._options.dry_run:
                self._replay.remember(found, arrived)
            self.account.arrived += len(found)
            self._send([letter for letter in letters if letter.identity not in arrived])
            done(len(letters))

    def _before(self, left: Sequence[Chosen]) -> list[Chosen]:
        """What replays of whatever filter have begun or sent into the compacted topics of these."""
        names = sorted({one.identity.topic for one in left if self._judge.is_compacted(one.identity.topic)})
        return [one for name in names for one in self._letters.chosen(Filter(topic=name, where="replay != ''"))]

    def _recall(self, before: Sequence[Chosen]) -> None:
        for letters in self._letters.whole(before):
            for _, some in groupby(letters, key=lambda one: one.identity.topic):
                self._judge.sent(list(some))

    def _send(self, letters: Sequence[Letter]) -> None:
        ends = self._replay.ends({letter.identity[:2] for letter in letters})
        going = [
            letter
            for topic, some in groupby(letters, key=lambda one: one.identity.topic)
            for letter in self._going(topic, list(some), ends)
        ]
        if self._options.dry_run or not going:
            self.account.sent += len(going)
            return
        try:
            self._replay.send(going, ends)
        finally:
            failed = self._replay.failed
            self.account.refused += [Refused(one.identity, f"Kafka: {one.reason}") for one in failed]
            self.account.sent += len(self._replay.delivered)

    def _unreadable(self, name: str, letters: Sequence[Letter]) -> dict[Letter, str]:
        if not self._options.force:
            return self._judge.unreadable(letters)
        if not self._judge.is_compacted(name):
            return {}
        # It would be all that compaction keeps of its key, erasures among them.
        why = f"{name} keeps the last record of a key alone, so not with --force either"
        return {letter: f"{reason}; {why}" for letter, reason in self._judge.unreadable(letters).items()}

    def _going(self, name: str, letters: list[Letter], ends: dict[tuple[str, int], int]) -> Iterator[Letter]:
        topic = self._judge.topic(name)
        if topic is None or topic not in REPLAYED:
            why = "no topic of this installation" if topic is None else f"{topic.stream} are never sent again"
            self.account.refused += [Refused(letter.identity, why) for letter in letters]
            return
        reasons = self._unreadable(name, letters)
        for letter in letters:
            if letter.identity[:2] not in ends:
                reasons.setdefault(letter, f"{name} has no partition {letter.identity.partition}")
        if rest := [letter for letter in letters if letter not in reasons]:
            reasons |= self._judge.outdated(rest)
        for letter in letters:
            if letter in reasons:
                self.account.refused.append(Refused(letter.identity, reasons[letter]))
            else:
                yield letter
