"""Brings the cache folder to what the manifest says, once; a stamp lets later runs touch nothing."""

import concurrent.futures
import contextlib
import fcntl
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from ops.artifacts import manifest
from ops.artifacts.manifest import Coordinate, Entry
from ops.artifacts.progress import reporting
from schemas.errors import C360Error

WORKERS = 8


def file_of(cache: Path, coordinate: Coordinate) -> Path:
    """Where a downloaded file lies."""
    return cache / "maven" / coordinate.path


def archive_folder(cache: Path, coordinate: Coordinate) -> Path:
    """Where an archive lies unpacked."""
    return cache / f"{coordinate.artifact}-{coordinate.version}"


def installed(cache: Path, entries: tuple[Entry, ...]) -> bool:
    """Whether everything is there as it was when its checksums were checked: a matter of milliseconds."""
    return _stamp(cache, entries).is_file() and not _absent(cache, entries)


def install(
    cache: Path, entries: tuple[Entry, ...], repository: str, console: Console, what: str = "Kafka and the registry"
) -> None:
    """Downloads, checks and unpacks what is missing of `what`. Safe to cut off, to repeat and to run twice at once.

    Raises:
        C360Error: the folder cannot be written, a repository does not answer, or a checksum is wrong.
    """
    if installed(cache, entries):
        return
    with locked(cache, console):
        if installed(cache, entries):
            return
        _download(cache, _missing(cache, entries), repository, console, what)
        for entry in entries:
            if entry.coordinate.packaging == "tar.gz":
                _unpack(file_of(cache, entry.coordinate), archive_folder(cache, entry.coordinate))
        _stamp(cache, entries).touch()


def damaged(cache: Path, entries: tuple[Entry, ...]) -> list[Path]:
    """The files whose content is not the manifest's; reads every byte."""
    paths = [(file_of(cache, entry.coordinate), entry) for entry in entries]
    return [path for path, entry in paths if not path.is_file() or not entry.matches(path)]


def _stamp(cache: Path, entries: tuple[Entry, ...]) -> Path:
    digest = manifest.digest_of(manifest.render(entries))
    return cache / f"checked-{digest}"


def _absent(cache: Path, entries: tuple[Entry, ...]) -> bool:
    for entry in entries:
        path = file_of(cache, entry.coordinate)
        if not path.is_file() or path.stat().st_size != entry.size:
            return True
        if entry.coordinate.packaging == "tar.gz" and not archive_folder(cache, entry.coordinate).is_dir():
            return True
    return False


def _missing(cache: Path, entries: tuple[Entry, ...]) -> list[Entry]:
    """What has to be downloaded; a file that is there but wrong is deleted."""
    from ops.artifacts.download import mismatch

    missing = []
    for entry in entries:
        path = file_of(cache, entry.coordinate)
        if not path.exists():
            missing.append(entry)
        elif not entry.matches(path):
            path.unlink()
            raise mismatch(path, entry)
    return missing


def _download(cache: Path, missing: list[Entry], repository: str, console: Console, what: str) -> None:
    if not missing:
        return
    from ops.artifacts.download import CheckedResolver, context

    total = sum(entry.size for entry in missing)
    console.print(
        f"Downloading {len(missing)} files of {what} ({total / 2**20:.0f} MiB) to {cache}",
        highlight=False,
        soft_wrap=True,
    )
    with reporting(what, total, console) as advance:
        resolver = CheckedResolver(tuple(missing), advance)
        maven = context(cache, repository, resolver)
        pool = concurrent.futures.ThreadPoolExecutor(WORKERS)
        try:
            futures = []
            for entry in sorted(missing, key=lambda entry: -entry.size):
                where = entry.coordinate
                component = maven.project(where.group, where.artifact).at_version(where.version)
                artifact = component.artifact(classifier=where.classifier, packaging=where.packaging)
                futures.append(pool.submit(resolver.download, artifact))
            for future in concurrent.futures.as_completed(futures):
                future.result()
        finally:
            # Also after Ctrl-C and after the first error: what has come so far stays in part files.
            resolver.stop.set()
            pool.shutdown(cancel_futures=True)


def _unpack(archive: Path, folder: Path) -> None:
    if folder.is_dir():
        return
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as scratch:
        whole = Path(scratch) / folder.name
        with tarfile.open(archive) as tar:
            tar.extractall(whole, filter="data")
        whole.rename(folder)


@contextlib.contextmanager
def locked(cache: Path, console: Console) -> Iterator[None]:
    """Keeps a second set-up of the same cache folder waiting.

    Raises:
        C360Error: the folder cannot be written.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / ".lock").open("w")
    except OSError as error:
        raise C360Error(
            f"The cache folder {cache} cannot be written ({error.strerror}). Set C360_CACHE to one that can."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("Another set-up is at work in the same cache folder; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
