"""Where a running installation shows something of itself to others: lists of processes, logs, metrics."""

import urllib.request
from collections.abc import Iterable, Iterator, Mapping

import psutil

from ops.stack.status import part_statuses
from schemas.settings import Settings


def processes(installations: Iterable[Settings]) -> Iterator[tuple[str, psutil.Process]]:
    """By the part each one is of: what supervisord started, what stands above it, what it started itself."""
    for settings in installations:
        for name, part in part_statuses(settings).items():
            if part.pid is not None:
                process = psutil.Process(part.pid)
                yield from ((name, one) for one in (process, process.parent() or process, *process.children(True)))


def passwords(installations: Iterable[Settings]) -> dict[str, str]:
    """By the file each one stands in, which nobody else may read."""
    files = [path for settings in installations for path in settings.secret_path("any").parent.iterdir()]
    assert files, "there are no passwords at all"
    readable = [str(path) for path in files if path.stat().st_mode & 0o077]
    assert not readable, readable
    return {str(path): path.read_text(encoding="ascii").strip() for path in files}


def command_lines(found: Iterable[tuple[str, psutil.Process]]) -> dict[str, bytes]:
    """As anybody on the machine sees them, by the part and the process."""
    return {f"{name}, process {one.pid}": " ".join(one.cmdline()).encode() for name, one in found}


def logs(installations: Iterable[Settings]) -> dict[str, bytes]:
    """All that was logged, by file."""
    return {str(path): path.read_bytes() for one in installations for path in (one.home / "logs").rglob("*.log*")}


def metrics_ports(settings: Settings) -> list[int]:
    """Where the parts that run here serve metrics."""
    listening = {
        one.laddr.port
        for _, process in processes([settings])
        for one in process.net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    }
    wanted = {getattr(settings, name) for name in Settings.model_fields if name.endswith("_metrics_port")}
    return sorted(wanted & listening)


def metrics(ports: Iterable[int]) -> dict[str, bytes]:
    """What is served to whoever asks, by port."""
    found = {}
    for port in ports:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            found[f"metrics of {port}"] = answer.read()
    return found


def shown(secrets: Mapping[str, str], texts: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Every password that stands in a text: its file, and which text."""
    return [
        (file, name) for file, password in secrets.items() for name, text in texts.items() if password.encode() in text
    ]
