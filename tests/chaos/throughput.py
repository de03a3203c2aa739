"""What was really sent and taken in a second, beside what was asked for."""

from typing import Any

from tests.chaos.look import COUNTED, STORED, State
from tests.chaos.recovery import BOUNDED_SECONDS, paces

#: A rate that is so much of what was asked for is kept.
KEPT_SHARE = 0.95


class Throughput:
    """Of a stream, between two looks at the stack."""

    def __init__(self, rate: int, begin: State) -> None:
        self._rate, self._begin, self._end = rate, begin, begin

    def ends(self, state: State) -> None:
        """At its end, before it is stopped."""
        self._end = state

    @property
    def keeps(self) -> bool:
        """Whether the rate was sent, and no reader is behind by more than a few seconds of it in the end."""
        sent = (self._end.sent - self._begin.sent) / self._seconds
        return sent >= KEPT_SHARE * self._rate and max(self._end.left.values()) <= BOUNDED_SECONDS * self._rate

    def figures(self) -> dict[str, Any]:
        """Records a second over the whole stream, faults included, and what was left when it ended."""
        taken = paces(self._begin, self._end)
        return {
            "rate_asked": self._rate,
            "rate_sent": round((self._end.sent - self._begin.sent) / self._seconds),
            "rate_stored": round(taken[STORED]),
            "rate_counted": round(taken[COUNTED]),
            "left_at_end": max(self._end.left.values()),
            "rate_kept": self.keeps,
            "stream_s": round(self._seconds, 1),
        }

    @property
    def words(self) -> str:
        """The same as a sentence; plain where the machine is too slow for what was asked."""
        of = self.figures()
        said = (
            f"{of['rate_sent']:,}/s sent of {self._rate:,}/s, {of['rate_stored']:,}/s stored, "
            f"{of['rate_counted']:,}/s counted, {of['left_at_end']:,} left"
        )
        if self.keeps:
            return said
        return f"THIS MACHINE DOES NOT KEEP THE RATE: {said}. Recovery is that of a stack that is behind anyway."

    @property
    def _seconds(self) -> float:
        return self._end.at - self._begin.at
