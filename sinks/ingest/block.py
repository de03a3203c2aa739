"""A block: consecutive records of one partition that are inserted together, and the promise that it will be this one.

Before a block is inserted, its last offset is committed as the metadata of its first. Whoever has the partition next,
after a death or a rebalance, finds the promise there and makes the same block, under the same name, which the tables
know again.

Beside it stands the era, a word drawn when the group began here. Who sets offsets back, or makes the topic anew, begins
another: else the tables would take records that are read again for blocks they know.
"""

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from confluent_kafka import Message, TopicPartition

log = logging.getLogger(__name__)

#: Records of a block at most. One insert of so many takes less than a second.
MOST_ROWS = 100_000
#: Bytes of a block's values at most, beyond which it takes no further record.
MOST_BYTES = 64 << 20


#: What is committed beside an offset: the era, before an insert the block's last offset, and how many records right
#: before the offset were refused, if any.
_COMMITTED = re.compile(r"([0-9a-f]{8}):(\d*)(?::(\d+))?")


def _beside(era: str, last: str, run: int) -> str:
    return f"{era}:{last}:{run}" if run else f"{era}:{last}"


def _draw() -> str:
    return secrets.token_hex(4)


@dataclass(frozen=True)
class Block:
    """Records from offset `first` to `last` of a partition; compaction leaves holes between them."""

    topic: str
    partition: int
    first: int
    last: int
    messages: Sequence[Message]
    era: str
    run: int = 0  # records right before it that were refused

    @property
    def name(self) -> str:
        """The same for the same records, whoever makes it."""
        return f"{self.topic}/{self.partition}/{self.era}/{self.first}-{self.last}"

    @property
    def promise(self) -> TopicPartition:
        """What is committed before it is inserted."""
        return TopicPartition(
            self.topic, self.partition, self.first, metadata=_beside(self.era, str(self.last), self.run)
        )

    def done(self, run: int = 0) -> TopicPartition:
        """What is committed once it is stored; `run`: records at its end that were refused, in a row."""
        return TopicPartition(self.topic, self.partition, self.last + 1, metadata=_beside(self.era, "", run))

    def only(self, messages: Sequence[Message]) -> "Block":
        """The block with some of its records."""
        return replace(self, messages=messages)

    def halves(self) -> list["Block"]:
        """Its records in two parts, cut between offsets: where it is cut does not depend on what compaction took.

        A half without records is none: the other is halved in its place.
        """
        first, last = self.first, self.last
        while first < last:
            middle = (first + last) // 2
            low = [message for message in self.messages if (message.offset() or 0) <= middle]
            high = [message for message in self.messages if (message.offset() or 0) > middle]
            if low and high:
                return [
                    replace(self, first=first, last=middle, messages=low),
                    replace(self, first=middle + 1, last=last, messages=high),
                ]
            first, last = (first, middle) if low else (middle + 1, last)
        return []


@dataclass
class Gathered:
    """What has been read of one partition and is not stored yet."""

    topic: str
    partition: int
    first: int
    era: str = field(default_factory=_draw)
    promised: int | None = None  # the last offset of a block that another process, or an earlier try, began
    messages: list[Message] = field(default_factory=list)
    seen: int = -1  # the newest offset that is known to be read, or to be none's
    bytes: int = 0
    since: float = 0.0
    run: int = 0  # records right before `first` that were refused

    @classmethod
    def after(cls, committed: TopicPartition, begin: int) -> "Gathered":
        """Nothing yet, of a partition whose group has committed this; `begin` is the first offset there is."""
        first = committed.offset if committed.offset >= 0 else begin
        ours = _COMMITTED.fullmatch(committed.metadata or "")
        if ours is None or committed.offset < 0:
            return cls(committed.topic, committed.partition, first)
        return cls(
            committed.topic,
            committed.partition,
            first,
            ours[1],
            int(ours[2]) if ours[2] else None,
            run=int(ours[3] or 0),
        )

    def add(self, message: Message, now: float) -> None:
        """Takes one more record in."""
        offset = message.offset() or 0
        if offset < self.first:
            self._begin_anew(offset)
        if not self.messages:
            self.since = now
        self.messages.append(message)
        self.bytes += len(message.value() or b"")
        self.seen = max(self.seen, offset)

    def _begin_anew(self, offset: int) -> None:
        """The topic was made anew: offsets count from the beginning, and what was gathered is of a log that is no more.

        No promise is of the new log's records, and beside the old ones their offsets would be in no order.
        """
        log.warning(
            "%s/%d was made anew: after offset %d comes %d; %d records of before are not stored",
            self.topic, self.partition, max(self.seen, self.first - 1), offset, len(self.messages),
        )  # fmt: skip
        self.first, self.promised, self.era = offset, None, _draw()
        self.messages, self.bytes, self.seen, self.run = [], 0, -1, 0

    def reached_end(self, end: int) -> None:
        """Says that there is nothing before offset `end` that was not handed out."""
        self.seen = max(self.seen, end - 1)
        if self.promised is not None and end <= self.promised:
            # Of a log that is no more.
            self.promised, self.era = None, _draw()

    @property
    def is_full(self) -> bool:
        """Whether a block should be made of it now."""
        return len(self.messages) >= MOST_ROWS or self.bytes >= MOST_BYTES

    def block(self) -> Block | None:
        """The next block; None while there is none, or what was promised is not complete."""
        if self.promised is not None:
            last = self.promised
            if self.seen < last:
                return None
        elif self.messages:
            last = self.messages[min(len(self.messages), MOST_ROWS) - 1].offset() or 0
        else:
            return None
        messages = [message for message in self.messages if (message.offset() or 0) <= last]
        return Block(self.topic, self.partition, self.first, last, messages, self.era, self.run)

    def stored(self, block: Block, now: float, run: int = 0) -> bool:
        """Forgets what is stored, of which the last `run` were refused; answers whether it was of this log, and not of
        one that was made anew meanwhile."""
        if block.first != self.first:
            return False
        self.first, self.promised, self.run = block.last + 1, None, run
        self.messages = [message for message in self.messages if (message.offset() or 0) > block.last]
        self.bytes = sum(len(message.value() or b"") for message in self.messages)
        self.since = now
        return True
