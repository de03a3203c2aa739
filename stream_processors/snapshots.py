"""Snapshots of a partition's state, each true for the input offsets it names.

A snapshot holds what has changed since the one before; a whole one begins a chain. Each names the one it follows, and
a chain is read as far as it is whole: what a file says about itself decides, never the committed offsets. The chain
before is kept.

    whole <- changes <- changes <- changes      together larger than the whole one: the next is whole again
"""

import contextlib
import fcntl
import logging
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from schemas.errors import ContractError
from schemas.private import private
from stream_processors import array_file
from stream_processors.array_file import Content, NewerError, TornError
from stream_processors.features.arrays import Dump

#: Chains of a partition that are kept.
KEPT = 2
#: Snapshots of a chain, however small they are.
LONGEST = 100

log = logging.getLogger(__name__)


class Step(NamedTuple):
    """What a snapshot is made of. `meta["records"]` tells how many records went in, `whole` whether that is all."""

    meta: dict[str, Any]
    whole: bool
    arrays: Dump


class Saved(NamedTuple):
    """What a snapshot cost; the size is in bytes."""

    seconds: float
    size: int


class _Tip:
    """The newest snapshot of a chain, from which the state in memory goes on."""

    def __init__(self, name: str) -> None:
        self.chain = self.name = name
        self.sizes: list[int] = []

    @classmethod
    def of(cls, meta: Mapping[str, Any], sizes: list[int]) -> "_Tip":
        """The tip of a chain that was read, from what its last snapshot says about itself."""
        tip = cls(meta["name"])
        tip.chain, tip.sizes = meta["chain"], sizes
        return tip

    @property
    def is_long(self) -> bool:
        """Whether reading what follows the whole snapshot takes as long as reading that one."""
        return len(self.sizes) >= LONGEST or sum(self.sizes[1:]) >= self.sizes[0]


class SnapshotStore:
    """The snapshots of all partitions, in a folder that the workers of a machine share.

    Of each partition at most one is on its way from `follow` to `save`, which may run in another thread.
    """

    def __init__(self, folder: Path, expected: dict[str, Any]) -> None:
        """`expected`: what the meta of a snapshot must hold to be of use (version, model, topic ids)."""
        self._folder = folder
        self._expected = expected
        self._tips: dict[int, _Tip] = {}

    def wants_whole(self, partition: int) -> bool:
        """Whether the next snapshot is to begin a chain."""
        tip = self._tips.get(partition)
        return tip is None or tip.is_long

    def follow(self, step: Step) -> Step:
        """The step with its place in a chain; the one after it counts on its being saved."""
        name, partition = secrets.token_hex(8), step.meta["partition"]
        if step.whole:
            self._tips[partition] = _Tip(name)
        tip = self._tips[partition]
        place = {"name": name, "after": None if step.whole else tip.name, "chain": tip.chain}
        tip.name = name
        return step._replace(meta={**step.meta, **self._expected, **place})

    def save(self, step: Step) -> Saved:
        """Writes what `follow` gave, and removes the chains that are too many.

        Raises:
            OSError: it cannot be written; the next one is to be whole.
        """
        started, meta = time.perf_counter(), step.meta
        tip = self._tips.get(meta["partition"])
        try:
            with self._locked(meta["partition"]) as folder:
                name = f"{meta['records']:020}-{meta['chain']}-{meta['name']}.snapshot"
                size = array_file.write(folder / name, Content(meta, step.arrays()))
                _tidy(folder, meta["chain"])
        except OSError:
            if tip is not None and tip.chain == meta["chain"]:
                del self._tips[meta["partition"]]
            raise
        if tip is not None and tip.chain == meta["chain"]:
            tip.sizes.append(size)
        return Saved(time.perf_counter() - started, size)

    def load(self, partition: int) -> Iterator[Content]:
        """A chain of snapshots, as far as it is whole and of use; none to begin from the topics' beginning.

        What is wrong with the others is said, and they are removed, once the last one has been taken.

        Raises:
            ContractError: one is of a newer version; all stay.
        """
        self._tips.pop(partition, None)
        self._remove_former(partition)
        with self._locked(partition) as folder:
            for files in _chains(folder):
                yield from self._read(partition, files)
                if partition in self._tips:
                    return
        log.warning("Partition %d: no snapshot, its features are rebuilt from the beginning of the topics", partition)

    def _read(self, partition: int, files: list[Path]) -> Iterator[Content]:
        """The snapshots of a chain before the first that cannot be used; that one and the others are removed."""
        heads, wrong = self._heads(files)
        read: list[Path] = []
        for path in _way(heads):
            try:
                snapshot = array_file.read(path)
                self._check(partition, snapshot.meta)
            except (TornError, OSError) as error:
                wrong = {path: error} | wrong
                break
            read.append(path)
            yield snapshot
        self._remove(partition, [path for path in files if path not in read], wrong)
        if read:
            self._tips[partition] = _Tip.of(heads[read[-1]], [path.stat().st_size for path in read])
            log.info("Partition %d: goes on from %d records", partition, heads[read[-1]]["records"])

    def _heads(self, files: list[Path]) -> tuple[dict[Path, dict[str, Any]], dict[Path, Exception]]:
        """What the files say about themselves, and why the others say nothing."""
        heads: dict[Path, dict[str, Any]] = {}
        wrong: dict[Path, Exception] = {}
        for path in files:
            try:
                heads[path] = self._head(path)
            except (TornError, OSError) as error:
                wrong[path] = error
        return heads, wrong

    def _head(self, path: Path) -> dict[str, Any]:
        try:
            meta = array_file.read_meta(path)
            known = self._expected.get("version")
            if known is not None and meta.get("version", known) > known:
                raise NewerError(f"its version is {meta['version']}, this one reads {known}")
        except NewerError as error:
            raise ContractError(
                f"The snapshot {path} was written by a newer version: {error}. Install that version again, or remove "
                f"{self._folder} to have all features computed from the topics."
            ) from None
        return meta

    def refuse_newer(self) -> None:
        """Looks at all snapshots there are, before any is read or followed.

        Raises:
            ContractError: one is of a newer version; it would be read wrong, or removed as old.
        """
        self._heads(list(self._folder.glob("*/*.snapshot")))

    def _remove(self, partition: int, files: list[Path], wrong: dict[Path, Exception]) -> None:
        if not files:
            return
        aside = TornError("its predecessor is missing or another one has come further")
        path, reason = next(iter(wrong.items()), (files[0], aside))
        keep = isinstance(reason, OSError)
        what = "left alone" if keep else "removed with what follows it"
        log.warning("Partition %d: the snapshot %s cannot be used, %s: %s", partition, path.name, reason, what)
        for path in [] if keep else files:
            path.unlink(missing_ok=True)

    def _check(self, partition: int, meta: dict[str, Any]) -> None:
        for name, value in {**self._expected, "partition": partition}.items():
            if meta.get(name) != value:
                raise TornError(f"its {name} is {meta.get(name)!r}, not {value!r}")

    def _remove_former(self, partition: int) -> None:
        for path in sorted(self._folder.glob(f"{partition}-*.snapshot")):
            log.warning("Partition %d: the snapshot %s is of a former version: removed", partition, path.name)
            path.unlink(missing_ok=True)

    def discard(self, partition: int) -> None:
        """Removes a partition's snapshots."""
        self._tips.pop(partition, None)
        with self._locked(partition) as folder:
            for path in folder.glob("*.snapshot"):
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self, partition: int) -> Iterator[Path]:
        """The partition's folder, alone: a worker that has not heard yet that it moved may still write there."""
        folder = private(self._folder / str(partition))
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def _chains(folder: Path) -> list[list[Path]]:
    """The files of each chain, the chain that has come furthest first."""
    chains: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.snapshot"), reverse=True):
        parts = path.name.split("-")
        chains.setdefault(parts[1] if len(parts) == 3 else path.name, []).append(path)
    return list(chains.values())


def _tidy(folder: Path, chain: str) -> None:
    """Keeps a chain and those that have come furthest of the others; nobody else is writing."""
    others = [files for files in _chains(folder) if f"-{chain}-" not in files[0].name]
    for files in others[KEPT - 1 :]:
        for path in files:
            path.unlink(missing_ok=True)
    for path in folder.glob("*" + array_file.PART):
        path.unlink(missing_ok=True)


def _way(heads: Mapping[Path, dict[str, Any]]) -> list[Path]:
    """From the beginning of a chain to the snapshot that has come furthest of those that can be reached."""
    named = {meta["name"]: path for path, meta in heads.items()}
    followed = {meta["after"] for meta in heads.values()}
    for end in sorted(named.values(), key=lambda path: (-heads[path]["records"], heads[path]["name"] in followed)):
        way = [end]
        while (after := heads[way[-1]]["after"]) in named:
            way.append(named[after])
        if after is None:
            return way[::-1]
    return []
