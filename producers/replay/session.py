"""A replay's connections: the lock and index in C360_HOME, Kafka, the registry, and how to try one without them."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pyroaring import BitMap

from producers.delivery import Delivery, configuration
from producers.guard import Guard
from producers.replay.account import Account
from producers.replay.adoption import Say, adopt_ids, adopt_sources
from producers.replay.dictionary import Dictionary
from producers.replay.encoding import Encoder
from producers.replay.fields import STREAMS
from producers.replay.ids import Numbers
from producers.replay.index import Held, Index
from producers.replay.log import Log
from producers.replay.pace import Pace
from producers.replay.rejects import Rejects
from producers.replay.replay import Out, Replay
from producers.replay.there import There
from producers.sources import Sources
from schemas.alone import alone
from schemas.private import private
from schemas.provision import provision
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import EXTERNAL_IDS, SOURCES

#: Under this name all replays of an installation share one source number.
SOURCE = "replay"


class Trial:
    """Numbers of a dry run: given out here, and forgotten."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Held] = {}

    def held(self, kind: str, contents: dict[str, int]) -> dict[str, Held]:
        """What each text holds."""
        for text, content in contents.items():
            before = self._held.get((kind, text))
            if before is None or (not before.content and content):
                self._held[kind, text] = Held(before.number if before else 1 + len(self._held), content)
        return {text: self._held[kind, text] for text in contents}

    def is_itself(self, kind: str, text: str) -> bool:
        """None is but what is known already."""
        held = self._held.get((kind, text))
        return held is not None and str(held.number) == text


def folder(settings: Settings) -> Path:
    """Where replays keep what they know."""
    return settings.home / "replay"


@contextlib.contextmanager
def locked(settings: Settings) -> Iterator[Path]:
    """The folder, for one replay at a time.

    Raises:
        C360Error: another is at work.
    """
    place = private(folder(settings))
    with alone(place / "lock", f"Another replay is at work in {place}. Wait for it, or set C360_HOME."):
        yield place


@contextlib.contextmanager
def indexed(settings: Settings, place: Path, schema_ids: Mapping[str, int]) -> Iterator[tuple[Index, Log]]:
    """The log of ids and what was read from it before; forgotten where that was another log."""
    with Registry(settings) as registry, contextlib.ExitStack() as stack:
        log = Log(settings, schema_ids[EXTERNAL_IDS.stream], registry)
        stack.callback(log.close)
        index = Index(place / f"{settings.topic_prefix}ids.sqlite")
        stack.callback(index.close)
        _same(index, log)
        yield index, log


@contextlib.contextmanager
def real(
    settings: Settings,
    exports: Sequence[Path],
    pace: Pace,
    account: Account,
    rejects: Rejects,
    stopped: list[int],
    say: Say,
) -> Iterator[Replay]:
    """A replay into Kafka; what `exports` claim is taken over first, and `say` hears how far that is."""
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(locked(settings))
        schema_ids = provision(settings)
        index, log = stack.enter_context(indexed(settings, place, schema_ids))
        sources = Sources(settings, schema_ids[SOURCES.stream])
        for export in exports:
            adopt_sources(export, sources)
        source = sources.claim(SOURCE)
        dictionary = Dictionary(index, log, source)
        for export in exports:
            adopt_ids(export, index, log, stopped, say)
        delivery = Delivery(configuration(settings), idle=lambda: not stopped)
        topics = {name: stream.topic.name(settings) for name, stream in STREAMS.items()}
        guard = Guard(settings, time.time_ns() // 1_000_000)
        out = Out(delivery, topics, pace, account, lambda: bool(stopped), guard)
        yield _replay(index, dictionary, source, schema_ids, out, rejects, There(settings).ids)
        account.renumbered = dictionary.moved


@contextlib.contextmanager
def trial(pace: Pace, account: Account, rejects: Rejects, stopped: list[int]) -> Iterator[Replay]:
    """A replay that sends nothing and needs nothing."""
    index = Index(None)
    try:
        out = Out(None, {}, pace, account, lambda: bool(stopped))
        yield _replay(index, Trial(), 1, dict.fromkeys(STREAMS, 0), out, rejects, lambda _: BitMap())
    finally:
        index.close()


def _replay(
    index: Index,
    numbers: Numbers,
    source: int,
    schema_ids: dict[str, int],
    out: Out,
    rejects: Rejects,
    there: Callable[[str], BitMap],
) -> Replay:
    now = time.time_ns() // 1_000_000
    return Replay(index, numbers, source, Encoder(schema_ids, now), out, rejects, there, now)


def _same(index: Index, log: Log) -> None:
    """What was read from a log that is no more is forgotten."""
    identity = log.identity().encode()
    if index.get("log") != identity:
        index.clear()
        index.put("log", identity)
