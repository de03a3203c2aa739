"""How far a partition is read where its last offsets hold no record, so that no record ever says so.

Compaction and the markers of transactions leave such offsets. Mostly an empty batch stays in their place, which the
consumer steps over. Of a tombstone nothing stays, once its time is over and its producer forgotten: Kafka then answers
every fetch with nothing, though the end offset is further on.
"""

from typing import NamedTuple

from faust.types.tuples import TP

#: Answers without records, one after the other, that are believed. One alone may mean that other partitions filled the
#: answer; they are asked for in another order every time.
EMPTY_ANSWERS = 20


class Standing(NamedTuple):
    """A partition as its consumer sees it between two fetches.

    `position`: the offset that is fetched next; `end`: where the partition ended at the last answer, which came at
    `answered` (any clock); `holds`: whether the consumer holds records of it that it has not handed out.
    """

    position: int
    end: int
    answered: int
    holds: bool


class Tails:
    """Counts the answers that brought nothing."""

    def __init__(self) -> None:
        self._last: dict[TP, tuple[Standing, int]] = {}

    def reached(self, tp: TP, now: Standing) -> int:
        """The offset before which there is nothing left to be fetched."""
        before, empty = self._last.get(tp, (now, 0))
        if now.holds or (now.position, now.end) != (before.position, before.end):
            empty = 0
        elif now.answered != before.answered:
            empty += 1
        self._last[tp] = (now, empty)
        return now.end if empty >= EMPTY_ANSWERS and now.end > now.position else now.position
