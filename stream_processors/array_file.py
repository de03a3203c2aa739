"""Arrays and what is to be known of them in one file, which is there whole or not at all.

It is written beside its place, synced and renamed. The head and each array carry a checksum.
"""

import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.durable import sync
from stream_processors.features.arrays import Arrays

FORMAT = b"c360arr"
#: With the format's version, a digit.
MAGIC = FORMAT + b"1"
HEAD = struct.Struct("<8sII")  # magic, length of the header, its checksum
#: Of a file that is being written.
PART = ".part"


class TornError(Exception):
    """The file is not what was written."""


class NewerError(Exception):
    """The file is of a version that this one knows nothing of."""


class Content(NamedTuple):
    """`meta` is JSON."""

    meta: dict[str, Any]
    arrays: Arrays


def write(path: Path, content: Content) -> int:
    """Writes a file atomically into a folder that is there; answers its size in bytes."""
    arrays = {name: np.ascontiguousarray(array) for name, array in content.arrays.items()}
    table = [
        {"name": name, "dtype": array.dtype.str, "length": len(array), "crc": zlib.crc32(_bytes(array))}
        for name, array in arrays.items()
    ]
    header = json.dumps({"meta": content.meta, "arrays": table}).encode()
    beside = path.with_name(path.name + PART)
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
    sync(path.parent)
    return size


def _bytes(array: npt.NDArray[Any]) -> memoryview:
    return array.view(np.uint8).data


def read_meta(path: Path) -> dict[str, Any]:
    """What is to be known of a file's arrays, without reading them.

    Raises:
        TornError: the head is not what was written.
        NewerError: it is of a newer format.
    """
    with path.open("rb") as file:
        meta: dict[str, Any] = _header(file)["meta"]
    return meta


def read(path: Path) -> Content:
    """Reads a file.

    Raises:
        TornError: it is not what was written.
        NewerError: it is of a newer format.
    """
    arrays: Arrays = {}
    with path.open("rb") as file:
        described = _header(file)
        for item in described["arrays"]:
            array = np.fromfile(file, np.dtype(item["dtype"]), item["length"])
            if len(array) != item["length"] or zlib.crc32(_bytes(array)) != item["crc"]:
                raise TornError(f"its array {item['name']} is not whole")
            arrays[item["name"]] = array
        if file.read(1):
            raise TornError("it goes on behind its end")
    return Content(described["meta"], arrays)


def _header(file: BinaryIO) -> dict[str, Any]:
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        raise TornError(f"{len(head)} bytes are too few")
    magic, length, crc = HEAD.unpack(head)
    if magic != MAGIC and _is_newer(magic):
        raise NewerError(
            f"its format is {magic[len(FORMAT) :].decode()}, this version reads {MAGIC[len(FORMAT) :].decode()}"
        )
    if magic != MAGIC:
        raise TornError("it is no file of this format")
    header = file.read(min(length, os.fstat(file.fileno()).st_size))
    if zlib.crc32(header) != crc:
        raise TornError("its header is not whole")
    described: dict[str, Any] = json.loads(header)
    return described


def _is_newer(magic: bytes) -> bool:
    return magic.startswith(FORMAT) and magic[-1:].isdigit() and magic > MAGIC
