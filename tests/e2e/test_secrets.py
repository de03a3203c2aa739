"""What a running stack shows of itself: it listens on loopback alone, and no password stands where others look."""

import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from ops.stack.status import part_statuses
from schemas.settings import Settings
from tests.e2e.conftest import Stack

LOOPBACK = {"127.0.0.1", "::1"}


@pytest.fixture(scope="module")
def installations(stack: Stack) -> list[Settings]:
    """This one, and the one elsewhere if there is one; after each of the ways to ask has been used once."""
    for words in (["sql", "1"], ["status"]):
        command = [sys.executable, "-m", "ops.cli", *words]
        subprocess.run(command, env=stack.environment, capture_output=True, check=True, timeout=120)
    return [one for one in (stack.settings, stack.remote) if one is not None]


def _processes(installations: list[Settings]) -> Iterator[tuple[str, psutil.Process]]:
    for settings in installations:
        for name, part in part_statuses(settings).items():
            if part.pid is not None:
                process = psutil.Process(part.pid)
                yield from ((name, one) for one in (process, process.parent() or process, *process.children(True)))


def _passwords(installations: list[Settings]) -> dict[str, str]:
    """By the file each one stands in."""
    files = [path for settings in installations for path in settings.secret_path("any").parent.iterdir()]
    assert files
    assert [path for path in files if path.stat().st_mode & 0o077] == []
    return {str(path): path.read_text(encoding="ascii").strip() for path in files}


def test_nothing_listens_beyond_this_machine(installations: list[Settings]) -> None:
    listening = {
        (name, connection.laddr.ip)
        for name, process in _processes(installations)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {"bolt", "sinks", "stream_processors"} <= {name for name, _ in listening}
    assert [(name, address) for name, address in listening if address.removeprefix("::ffff:") not in LOOPBACK] == []


def test_no_password_stands_in_a_list_of_processes(installations: list[Settings]) -> None:
    lists = [(name, " ".join(process.cmdline())) for name, process in _processes(installations)]
    assert len({name for name, _ in lists}) > 2
    for file, password in _passwords(installations).items():
        assert [name for name, words in lists if password in words] == [], file


def test_no_password_stands_in_a_log_or_among_the_metrics(installations: list[Settings]) -> None:
    texts = {str(path): path.read_bytes() for one in installations for path in (one.home / "logs").rglob("*.log*")}
    ports = [
        one.laddr.port
        for _, process in _processes(installations[:1])
        for one in process.net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    ]
    metrics = [getattr(installations[0], name) for name in Settings.model_fields if name.endswith("_metrics_port")]
    for port in set(metrics) & set(ports):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            texts[f"metrics of {port}"] = answer.read()
    assert len([name for name in texts if name.startswith("metrics of")]) > 2
    for file, password in _passwords(installations).items():
        assert [name for name, text in texts.items() if password.encode() in text] == [], file
