"""jgo's resolver with what a cut line needs: part files, HTTP ranges, retries and a checksum before the last name."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
import tenacity
from jgo.maven import MavenContext, PythonResolver

from ops.artifacts.manifest import Entry
from schemas.errors import C360Error, UnreachableError

TIMEOUT_SECONDS = 30
ATTEMPTS = 5
CHUNK = 1 << 16


class StoppedError(C360Error):
    """The download was told to stop; what has come so far stays for the next time."""


class ChecksumError(C360Error):
    """A file is not the one that the manifest names. It has been deleted."""


class CheckedResolver(PythonResolver):
    """Downloads the manifest's files, each to a part file first, and gives it its name once its checksum is right."""

    def __init__(self, entries: tuple[Entry, ...], advance: Callable[[int], None]) -> None:
        super().__init__()
        self._entries = {entry.coordinate.filename: entry for entry in entries}
        self._advance = advance
        self.stop = threading.Event()

    def download(self, artifact: Any) -> Path:
        """The whole file, checked, from the first repository that answers.

        Raises:
            ChecksumError: what came is not what the manifest names.
            UnreachableError: no repository gives it.
        """
        target = Path(artifact.cached_path)
        target.parent.mkdir(parents=True, exist_ok=True)
        reasons = []
        for base in artifact.context.remote_repos.values():
            url = f"{base.rstrip('/')}/{self._entries[artifact.filename].coordinate.path.as_posix()}"
            try:
                return self._from(url, target, self._entries[artifact.filename])
            except requests.RequestException as error:
                reasons.append(_reason(error))
        raise UnreachableError(
            f"{artifact.filename} cannot be downloaded: {'; '.join(reasons)}. What has come so far is kept: try again, "
            "or name a repository that you can reach in C360_MAVEN_REPOSITORY."
        )

    def _from(self, url: str, target: Path, entry: Entry) -> Path:
        part = target.with_name(target.name + ".part")
        self._advance(_size(part))
        for attempt in tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=tenacity.wait_exponential(max=8),
            retry=tenacity.retry_if_exception(_worth_retrying),
            sleep=tenacity.sleep_using_event(self.stop),
            reraise=True,
        ):
            with attempt:
                self._fetch(url, part, entry)
        if not entry.matches(part):
            part.unlink()
            raise mismatch(target, entry)
        return part.replace(target)

    def _fetch(self, url: str, part: Path, entry: Entry) -> None:
        have = _size(part)
        if have >= entry.size:
            return
        headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"}
        with contextlib.closing(requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS)) as response:
            response.raise_for_status()
            resumed = have > 0 and response.status_code == requests.codes.partial_content
            self._advance(0 if resumed else -have)
            with part.open("ab" if resumed else "wb") as file:
                for chunk in response.iter_content(CHUNK):
                    if self.stop.is_set():
                        raise StoppedError("The download was stopped.")
                    file.write(chunk)
                    self._advance(len(chunk))
        if part.stat().st_size < entry.size:
            raise requests.ConnectionError(f"{part.stat().st_size} of {entry.size} bytes came")


def context(cache: Path, repository: str, resolver: CheckedResolver) -> Any:
    """jgo's view of the cache folder and of one repository, Maven Central if it is empty."""
    remote = {"configured": repository} if repository else None
    return MavenContext(repo_cache=cache / "maven", remote_repos=remote, resolver=resolver, timeout=TIMEOUT_SECONDS)


def mismatch(path: Path, entry: Entry) -> ChecksumError:
    """What to say about a file that is not the manifest's."""
    return ChecksumError(
        f"{path} is not the file of checksums.txt (sha256 {entry.sha256}) and has been deleted. Run the same "
        "again; if it stays wrong, the repository gives other files: see C360_MAVEN_REPOSITORY."
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _response(error: BaseException) -> requests.Response | None:
    # A response with an error's status is falsy: compare with None.
    return error.response if isinstance(error, requests.HTTPError) else None


def _worth_retrying(error: BaseException) -> bool:
    if (response := _response(error)) is not None:
        return response.status_code in {408, 429} or response.status_code >= 500
    return isinstance(error, requests.RequestException)


def _reason(error: requests.RequestException) -> str:
    if (response := _response(error)) is not None:
        return f"HTTP {response.status_code} {response.reason}"
    # requests' own words hold the address, which may carry a password.
    return type(error).__name__
