"""Snapshots of a partition's state, each true for the input offsets it names.

A file is written beside its place, synced and renamed, so that it is there whole or not at all; each array carries a
checksum. The one before is kept. What a file says about itself decides, never the committed offsets.
"""

import json
import logging
import os
import struct
import time
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]

MAGIC = b"c360snap"
HEAD = struct.Struct("<8sII")  # magic, length of the header, its checksum
KEPT = 2

log = logging.getLogger(__name__)


class SnapshotError(Exception):
    """A file that is no whole snapshot of this version."""


class Snapshot(NamedTuple):
    """`meta` is JSON; `meta['records']` orders the snapshots of a partition: how many records went in."""

    meta: dict[str, Any]
    arrays: Arrays


class Saved(NamedTuple):
    """What a snapshot cost."""

    seconds: float
    size: int


def write(path: Path, snapshot: Snapshot) -> int:
    """Writes a snapshot atomically; answers its size in bytes."""
    arrays = {name: np.ascontiguousarray(array) for name, array in snapshot.arrays.items()}
    table = [
        {"name": name, "dtype": array.dtype.str, "length": len(array), "crc": zlib.crc32(_bytes(array))}
        for name, array in arrays.items()
    ]
    header = json.dumps({"meta": snapshot.meta, "arrays": table}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(HEAD.pack(MAGIC, len(header), zlib.crc32(header)))
            file.write(header)
            for array in arrays.values():
                file.write(_bytes(array))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return size


def _bytes(array: npt.NDArray[Any]) -> memoryview:
    return array.view(np.uint8).data


def read(path: Path) -> Snapshot:
    """Reads a snapshot.

    Raises:
        SnapshotError: the file is torn or something else.
    """
    data = path.read_bytes()
    if len(data) < HEAD.size:
        raise SnapshotError(f"{len(data)} bytes are too few")
    magic, length, crc = HEAD.unpack_from(data)
    header = data[HEAD.size : HEAD.size + length]
    if magic != MAGIC or zlib.crc32(header) != crc:
        raise SnapshotError("its header is not whole")
    described = json.loads(header)
    arrays: Arrays = {}
    at = HEAD.size + length
    for item in described["arrays"]:
        dtype = np.dtype(item["dtype"])
        end = at + item["length"] * dtype.itemsize
        part = memoryview(data)[at:end]
        if len(part) != end - at or zlib.crc32(part) != item["crc"]:
            raise SnapshotError(f"its array {item['name']} is not whole")
        arrays[item["name"]] = np.frombuffer(part, dtype)
        at = end
    return Snapshot(described["meta"], arrays)


class SnapshotStore:
    """The snapshots of all partitions, in a folder that the workers of a machine share."""

    def __init__(self, folder: Path, expected: dict[str, Any]) -> None:
        """`expected`: what the meta of a snapshot must hold to be of use (version, model, topic ids)."""
        self._folder = folder
        self._expected = expected

    def save(self, partition: int, snapshot: Snapshot) -> Saved:
        """Writes a snapshot; of a partition's, the newest and the one before are kept."""
        started = time.perf_counter()
        meta = {**snapshot.meta, **self._expected}
        size = write(self._path(partition, meta["records"]), Snapshot(meta, snapshot.arrays))
        for old in self._of(partition)[KEPT:]:
            old.unlink(missing_ok=True)
        return Saved(time.perf_counter() - started, size)

    def load(self, partition: int) -> Snapshot | None:
        """The newest snapshot that is whole and of use; None to begin from the topics' beginning."""
        for path in self._of(partition):
            try:
                snapshot = read(path)
                self._check(snapshot.meta)
            except SnapshotError as error:
                log.warning("Partition %d: the snapshot %s cannot be used, %s: removed", partition, path.name, error)
                path.unlink(missing_ok=True)
                continue
            except OSError as error:
                log.warning("Partition %d: the snapshot %s cannot be read: %s", partition, path.name, error)
                continue
            log.info("Partition %d: goes on from %s", partition, path.name)
            return snapshot
        log.warning("Partition %d: no snapshot, its features are rebuilt from the beginning of the topics", partition)
        return None

    def _check(self, meta: dict[str, Any]) -> None:
        for name, value in self._expected.items():
            if meta.get(name) != value:
                raise SnapshotError(f"its {name} is {meta.get(name)!r}, not {value!r}")

    def discard(self, partition: int) -> None:
        """Removes a partition's snapshots."""
        for path in self._of(partition):
            path.unlink(missing_ok=True)

    def _path(self, partition: int, records: int) -> Path:
        return self._folder / f"{partition}-{records:020}.snapshot"

    def _of(self, partition: int) -> list[Path]:
        """Newest first."""
        return sorted(self._folder.glob(f"{partition}-*.snapshot"), reverse=True)
