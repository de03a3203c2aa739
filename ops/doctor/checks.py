"""The checks, each a function from settings to findings."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from packaging.requirements import Requirement

from ops.artifacts import manifest
from ops.artifacts.install import damaged, installed
from ops.artifacts.runtime import find
from ops.doctor import contract
from ops.doctor.finding import Finding
from ops.launcher.probes import Probe
from ops.stack import supervisor
from ops.stack.home import SECRETS, TLS_SECRETS, VERSION, Home, check, is_open
from ops.stack.parts import PARTS, chosen
from ops.stack.ports import check_distinct, is_free, taken
from ops.stack.status import part_statuses
from schemas.errors import C360Error, UnreachableError
from schemas.settings import Settings
from schemas.tls import asking

GIBIBYTE = 2**30
#: The idle stack stays below 3 GiB; bursts take more.
MEMORY_BYTES = 4 * GIBIBYTE
DISK_BYTES = 5 * GIBIBYTE
#: Where Bolt is spoken, unless its URL says another port.
BOLT_PORT = 7687


def python(_: Settings) -> Iterator[Finding]:
    """The interpreter."""
    here = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info < (3, 11)
    yield Finding("python", here, "Install Python 3.11 or newer and run 'make setup'." if old else "")


def packages(_: Settings) -> Iterator[Finding]:
    """What this version needs of other people's packages, and what is there."""
    needed = [Requirement(text) for text in requires("customer360") or ()]
    wrong = []
    for requirement in needed:
        try:
            there = version(requirement.name)
        except PackageNotFoundError:
            there = "missing"
        if there == "missing" or not requirement.specifier.contains(there, prereleases=True):
            wrong.append(f"{requirement.name} is {there}, not {requirement.specifier}")
    detail = "; ".join(wrong) or f"customer360 {version('customer360')} and the {len(needed)} it needs"
    yield Finding("packages", detail, "Run 'make setup', or install requirements.lock." if wrong else "")


def archives(settings: Settings) -> Iterator[Finding]:
    """Kafka and the registry, byte by byte, and the Java that runs them."""
    entries = manifest.committed()
    if not installed(settings.cache, entries):
        yield Finding("archives", f"not set up in {settings.cache}", "Run 'make setup', or set C360_CACHE.")
        return
    wrong = damaged(settings.cache, entries)
    names = ", ".join(path.name for path in wrong)
    yield (
        Finding("archives", f"damaged: {names}", f"Delete them below {settings.cache} and run 'make setup'.")
        if wrong
        else Finding("archives", f"{len(entries)} files in {settings.cache}, all checksums right")
    )
    java = find(settings.cache).java
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=30).stderr
        yield Finding("java", said.splitlines()[0])
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding("java", f"{java} does not run: {error}", "Delete .venv and run 'make setup'.")


def memory(_: Settings) -> Iterator[Finding]:
    """What is free for the parts."""
    free = psutil.virtual_memory().available
    detail = f"{free / GIBIBYTE:.1f} GiB available"
    remedy = f"The stack wants {MEMORY_BYTES // GIBIBYTE} GiB: end other programs." if free < MEMORY_BYTES else ""
    yield Finding("memory", detail, remedy)


def disk(settings: Settings) -> Iterator[Finding]:
    """The guard against a full disk: Kafka keeps what C360_TOPIC_RETENTION_MS and _BYTES say."""
    there, free = _free(settings.home)
    detail = f"{free / GIBIBYTE:.1f} GiB free at {there}"
    remedy = (
        "Free some, set C360_HOME to another disk, or lower C360_TOPIC_RETENTION_BYTES and run 'c360 topics --apply'."
        if free < DISK_BYTES
        else ""
    )
    yield Finding("disk", detail, remedy)


def _free(folder: Path) -> tuple[Path, int]:
    """The nearest folder that can be seen, and the bytes free there."""
    try:
        return folder, shutil.disk_usage(folder).free
    except OSError:
        return _free(folder.parent)


def home(settings: Settings) -> Iterator[Finding]:
    """The state folder and its secrets."""
    place = Home(settings.home)
    try:
        check(place)
    except C360Error as error:
        yield Finding("state folder", "cannot be used", str(error))
        return
    nearest, _ = _free(place.root)
    if not os.access(nearest, os.W_OK | os.X_OK):
        yield Finding("state folder", f"{nearest} cannot be written", "Set C360_HOME to a folder that can.")
        return
    new = not place.is_ours
    yield Finding("state folder", f"{place.root} {'is made at the first up' if new else f'is of version {VERSION}'}")
    if place.root.exists() and is_open(place.root):
        yield Finding("state folder", f"{place.root} can be read by others", f"Run: chmod 700 {place.root}")
    for path in map(settings.secret_path, (*SECRETS, *TLS_SECRETS)):
        if path.exists() and is_open(path):
            yield Finding("secrets", f"{path} can be read by others", f"Run: chmod 600 {path}")


def ports(settings: Settings) -> Iterator[Finding]:
    """Free, as long as the stack isn't up."""
    parts = chosen(settings)
    try:
        check_distinct(settings, parts)
    except C360Error as error:
        yield Finding("ports", "one is given twice", str(error))
        return
    if supervisor.kept(Home(settings.home)) is not None:
        return
    bad = [
        taken(settings, part, field) for part in parts for field in part.ports if not is_free(getattr(settings, field))
    ]
    yield from (Finding("ports", "one is taken", said) for said in bad)
    if not bad:
        yield Finding("ports", "all are free")


def answers(settings: Settings) -> Iterator[Finding]:
    """What runs must answer; servers elsewhere too."""
    if supervisor.kept(Home(settings.home)) is None:
        yield Finding("parts", "the embedded stack is not up ('c360 up' starts it)")
    else:
        for name, part in part_statuses(settings).items():
            remedy = f"See 'c360 logs {name}'." if part.state in {"down", "starting"} else ""
            yield Finding(name, part.state, remedy)
    for name in (part.name for part in PARTS if part.elsewhere(settings)):
        try:
            _reach(settings, name)
            yield Finding(name, "answers, elsewhere")
        except C360Error as error:
            yield Finding(name, "does not answer", str(error))


def _reach(settings: Settings, name: str) -> None:
    if name == "kafka":
        from schemas.lag import lag

        lag(settings)
    elif name == "registry":
        _ask_registry(settings)
    elif name == "bolt":
        _ask_bolt(settings)
    else:
        from schemas.clients import reader_client

        reader_client(settings).close()


def _ask_registry(settings: Settings) -> None:
    import httpx2

    try:
        login, trusted = settings.registry_login, asking(settings.tls_ca)
        httpx2.get(f"{settings.registry_url}/subjects", timeout=5, auth=login, verify=trusted).raise_for_status()
    except httpx2.HTTPError as error:
        raise UnreachableError(
            f"The schema registry at {settings.registry_url} does not answer ({error}). Check C360_SCHEMA_REGISTRY_URL."
        ) from None


def _ask_bolt(settings: Settings) -> None:
    url = urlsplit(settings.bolt_url)
    # bolt+s:// and bolt+ssc:// speak TLS; no port means the usual one.
    address = f"{url.hostname}:{url.port or BOLT_PORT}"
    if not Probe("bolt", address, tls="+" in url.scheme).answers():
        raise UnreachableError(f"Bolt 4.4 at {settings.bolt_url} does not answer. Start it, or check C360_BOLT_URL.")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    python,
    packages,
    archives,
    memory,
    disk,
    home,
    ports,
    answers,
    *contract.CHECKS,
)
