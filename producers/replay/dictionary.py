"""Numbers for ids of the user's own: exact, the same for ever, and readable back. The log is the truth.

Whole numbers that fit stay what they are; texts get the next number of a zone that those leave free.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from producers.replay.index import Claim, Held, Index
from schemas.errors import C360Error
from schemas.ids import MAX_ENTITY, SEQUENCE_BITS, event_id

#: Claims written at once.
BATCH = 20_000
#: Upper half of UInt32: ids that are texts. What is below is its own number.
ENTITY_ZONE = (1 << 31, MAX_ENTITY)
SESSION_ZONE = (1 << 52, (1 << 53) - 1)
#: Upper half of the replay's sequence numbers: places in files, in extents of so many rows.
EXTENT_BITS = 16
ROWS_FROM = 1 << (SEQUENCE_BITS - 1)
ROW_ZONE = (0, (ROWS_FROM >> EXTENT_BITS) - 1)


@dataclass(frozen=True)
class Zone:
    """Numbers of one kind: `free` are for texts, `own` end where a whole number can stay what it is."""

    kind: str
    free: tuple[int, int]
    own: tuple[int, int] = (0, -1)

    def wish(self, text: str) -> int | None:
        """The number that a text is itself, if it can be."""
        if text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") and len(text) < 19:
            number = int(text)
            return number if self.own[0] <= number <= self.own[1] else None
        return None


def zones(source: int) -> dict[str, Zone]:
    """By kind; `source` is the replay's own source number."""
    texts = (event_id(source, 0), event_id(source, ROWS_FROM - 1))
    events = {kind: Zone(kind, texts, (0, event_id(1, 0) - 1)) for kind in ("transactions", "interactions")}
    return {
        "customer": Zone("customer", ENTITY_ZONE, (1, ENTITY_ZONE[1])),
        "product": Zone("product", ENTITY_ZONE, (1, ENTITY_ZONE[1])),
        "session": Zone("session", SESSION_ZONE, (0, SESSION_ZONE[0] - 1)),
        "rows": Zone("rows", ROW_ZONE),
        **events,
    }


class Claims(Protocol):
    """What a log does; see producers.replay.log."""

    def append(self, claims: Sequence[Claim]) -> None:
        """Adds claims."""

    def read(self, offset: int) -> Iterator[tuple[list[Claim], int]]:
        """The claims from an offset on, with the offset behind each batch."""
        ...


class Dictionary:
    """Gives out numbers. Whoever else does at the same time: the first claim in the log holds."""

    def __init__(self, index: Index, log: Claims, source: int) -> None:
        self._index, self._log, self._zones = index, log, zones(source)
        #: Whole numbers that could not stay what they are, by kind.
        self.moved: dict[str, dict[str, int]] = {}
        self.follow()

    def follow(self) -> None:
        """Reads what has been added to the log."""
        offset = int(self._index.get("offset") or b"0")
        for claims, following in self._log.read(offset):
            self._index.apply(claims, following)

    def held(self, kind: str, contents: dict[str, int]) -> dict[str, Held]:
        """What each text holds, claimed now where it holds none; `contents` by text, 0 where it is only referred to.

        Raises:
            C360Error: a zone is full, or Kafka does not confirm.
        """
        texts = list(contents)
        found = self._index.found(kind, texts)
        while open_ones := [text for text in texts if _open(found.get(text), contents[text])]:
            for at in range(0, len(open_ones), BATCH):
                self._claim(kind, open_ones[at : at + BATCH], contents, found)
            found |= self._index.found(kind, open_ones)
        return found

    def _claim(self, kind: str, texts: Sequence[str], contents: dict[str, int], found: dict[str, Held]) -> None:
        zone = self._zones[kind]
        following = self._index.following(kind, *zone.free)
        wishes = [zone.wish(text) for text in texts]
        taken = self._index.texts(kind, [wish for wish in wishes if wish is not None])
        claims = []
        for text, wish in zip(texts, wishes, strict=True):
            if text in found:
                number = found[text].number
            elif wish is not None and wish < zone.free[0] and wish not in taken:
                number = wish
            else:
                number, following = following, following + 1
                if wish is not None:
                    self.moved.setdefault(kind, {})[text] = number
            claims.append(Claim(kind, text, number, contents[text]))
        if following > zone.free[1] + 1:
            raise C360Error(f"All numbers for {kind} ids are given out. Begin anew under another C360_TOPIC_PREFIX.")
        self._log.append(claims)
        self.follow()

    def texts(self, kind: str, numbers: Sequence[int]) -> dict[int, str]:
        """The texts that numbers stand for; a number that is its own text is not among them."""
        return self._index.texts(kind, numbers)

    def is_itself(self, kind: str, text: str) -> bool:
        """Whether a text is a whole number that needs no claim, as no text is ever given such a number."""
        wish = self._zones[kind].wish(text)
        return wish is not None and wish < self._zones[kind].free[0]


def _open(held: Held | None, content: int) -> bool:
    return held is None or (held.content == 0 and content != 0)
