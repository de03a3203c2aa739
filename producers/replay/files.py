"""Which files are meant, and what identifies one: its content, whatever it is called and wherever it lies."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import InputError, UsageError
from schemas.topics import EXTERNAL_IDS

CSV = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")
COMPRESSED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
MANIFEST = "export.json"
#: What files begin with that have no text.
_BEGIN = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst", b"BZh": ".bz2", b"PAR1": ".parquet", b"PK\x03\x04": ".zip"}


@dataclass(frozen=True)
class File:
    """A file to read; `stream` where an export's manifest says what it holds."""

    path: Path
    stream: str | None = None

    @property
    def compression(self) -> str | None:
        """By its name's last part."""
        return COMPRESSED.get(self.path.suffix.lower())

    @property
    def is_parquet(self) -> bool:
        """Otherwise it is CSV."""
        return self.path.suffix.lower() in PARQUET

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size

    def digest(self) -> str:
        """Of its bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def found(words: Sequence[str]) -> list[File]:
    """The files that words of a command line name: files, folders with all below them, patterns; each once, by path.

    Raises:
        UsageError: one names nothing that can be read.
    """
    files: dict[Path, File] = {}
    for word in words:
        path = Path(word)
        places = [path] if path.exists() else _matching(path)
        if not places:
            raise UsageError(f"{word}: there is no such file, nor one that it matches. Check the path.")
        for place in places:
            files |= {file.path: file for file in (_below(place) if place.is_dir() else [_file(place)])}
    return [files[path] for path in sorted(files)]


def _matching(pattern: Path) -> list[Path]:
    if pattern.is_absolute():
        return sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
    return sorted(Path().glob(str(pattern)))


def _below(folder: Path) -> list[File]:
    inside = [path for path in folder.rglob("*") if path.is_file() and _readable(path) and not _claims(path)]
    if not inside:
        raise UsageError(f"{folder} is a folder without CSV or Parquet files. Name the files, or another folder.")
    return [_file(path) for path in inside]


def _claims(path: Path) -> bool:
    """Whether a file of an export says whose ids the others have, see producers.replay.adoption."""
    return path.parent.name == EXTERNAL_IDS.stream and manifest(path.parent.parent) is not None


def _readable(path: Path) -> bool:
    name = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    return name.suffix.lower() in (*CSV, *PARQUET)


def _file(path: Path) -> File:
    if not path.is_file():
        raise UsageError(f"{path} is neither a file nor a folder. Name a CSV or Parquet file.")
    if not path.stat().st_size:
        raise InputError(f"{path} is empty. Leave it out, or write it again.")
    file = File(path, _exported(path))
    _is_what_its_name_says(file)
    return file


def _is_what_its_name_says(file: File) -> None:
    """Raises UsageError where a name that means plain CSV stands for something else, by its first bytes."""
    if file.compression or file.is_parquet:
        return
    with file.path.open("rb") as opened:
        head = opened.read(4)
    meant = next((ending for begin, ending in _BEGIN.items() if head.startswith(begin)), None)
    if meant == ".zip":
        raise UsageError(f"{file.path} is an archive or a spreadsheet. Save what is in it as CSV.")
    if meant:
        raise UsageError(f"{file.path} is no plain CSV. By its first bytes it is to be called {file.path.name}{meant}.")


def _exported(path: Path) -> str | None:
    """The stream of a file that `c360 export` wrote."""
    listed = manifest(path.parent.parent) or {}
    for stream, items in listed.get("files", {}).items():
        if any(item["file"] == f"{path.parent.name}/{path.name}" for item in items):
            return str(stream)
    return None


def manifest(folder: Path) -> dict[str, Any] | None:
    """What an export says of itself, None where there is none.

    Raises:
        InputError: it cannot be understood.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise InputError(f"{path} is not what 'c360 export' wrote. Export again.")
    return read if "c360_export" in read else None
