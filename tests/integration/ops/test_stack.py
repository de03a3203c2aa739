"""The embedded stack with its two Java parts: up, twice, killed piece by piece, side by side, and down."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ops.stack import environment, start, stop, supervisor
from ops.stack.home import SOCKET_LENGTH, Home
from ops.stack.members import members
from ops.stack.status import part_statuses
from schemas.errors import C360Error, UsageError
from schemas.provision import provision
from schemas.settings import Settings
from tests.support.stack import own_settings
from tests.support.waiting import GIVE_UP, wait_for

JAVA = ("kafka", "registry")


def pid_of(settings: Settings, part: str) -> int | None:
    found = part_statuses(settings)[part]
    return found.pid if found.state == "running" else None


def supervisor_of(settings: Settings) -> psutil.Process:
    (found,) = (process for process in members(settings.home) if "ops.launcher.supervise" in process.cmdline())
    return found


def c360(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ops.cli", *words]
    variables = {**os.environ, **environment(settings)}
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=GIVE_UP, check=False)


def test_up_twice_killed_and_down(settings: Settings) -> None:
    assert start(settings, parts=JAVA) is True
    assert start(settings, parts=JAVA) is False
    ids = provision(settings)

    # Any part that is killed comes back by itself, with what it had promised.
    for part in JAVA:
        pid = pid_of(settings, part)
        assert pid
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda part=part, pid=pid: pid_of(settings, part) not in {None, pid}, f"{part} back")  # type: ignore[misc]  # mypy cannot infer such lambdas
    assert provision(settings) == ids

    # Nothing outlives a killed supervisor, and the next start goes on with the same data.
    supervisor_of(settings).kill()
    wait_for(lambda: not members(settings.home), "no orphans")
    assert start(settings, parts=JAVA) is True
    assert provision(settings) == ids

    # The commands, on a stack that is up.
    assert "kafka              running" in c360(settings, "status").stdout
    assert "started" in c360(settings, "logs", "kafka").stdout
    refused = c360(settings, "up", "-d")
    assert refused.returncode == 2
    assert "is up without clickhouse, sinks, stream_processors" in refused.stderr
    assert "c360 logs clickhouse" in c360(settings, "doctor").stdout

    assert c360(settings, "down").stdout == "The stack is down.\n"
    assert members(settings.home) == []
    again = c360(settings, "down")
    assert (again.returncode, again.stdout) == (0, f"Nothing is up in {settings.home}.\n")
    assert stop(settings) is False


def test_down_after_the_supervisor_was_killed(settings: Settings) -> None:
    start(settings, parts=("kafka",))
    supervisor_of(settings).kill()
    assert stop(settings) is True
    assert members(settings.home) == []


def test_two_stacks_side_by_side_one_in_a_folder_too_deep_for_a_socket(settings: Settings, tmp_path: Path) -> None:
    other = own_settings(tmp_path / ("deep" * 10) / ("deeper" * 10) / "100% ours")
    assert len(str(other.home)) > SOCKET_LENGTH
    try:
        start(settings, parts=("kafka",))
        start(other, parts=("kafka",))
        with pytest.raises(UsageError, match=f"C360_KAFKA_PORT={other.kafka_port}"):
            start(other.model_copy(update={"kafka_port": settings.kafka_port}), parts=("kafka",))
        stop(settings)
        assert pid_of(other, "kafka")
        assert part_statuses(settings)["kafka"].state == "down"
    finally:
        stop(other)
    assert members(other.home) == []
    assert not Home(other.home).socket.parent.exists()


def test_parts_that_were_halted_go_on_at_the_next_up(settings: Settings) -> None:
    start(settings, parts=("kafka",))
    supervisor.halt(Home(settings.home), ["kafka"])
    assert not pid_of(settings, "kafka")
    assert start(settings, parts=("kafka",)) is False
    assert pid_of(settings, "kafka")


def test_other_ports_the_next_time(settings: Settings) -> None:
    start(settings, parts=("kafka",))
    stop(settings)
    ports = own_settings(settings.home)
    start(ports, parts=("kafka",))
    assert pid_of(ports, "kafka")


def test_a_taken_port_names_port_part_setting_and_holder(settings: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", settings.registry_port))
        holder.listen()
        expected = (
            rf"Port {settings.registry_port}, which schema registry needs, is taken by \S+ \(pid {os.getpid()}\)"
            r".*C360_REGISTRY_PORT"
        )
        with pytest.raises(C360Error, match=expected):
            start(settings, parts=JAVA)
    assert members(settings.home) == []


def test_a_part_that_cannot_live_is_given_up_with_its_last_words(settings: Settings) -> None:
    nonsense = settings.model_copy(update={"topic_partitions": -7})
    with pytest.raises(C360Error, match=r"Kafka does not answer.*Invalid value -7.*kafka\.log") as said:
        start(nonsense, parts=("kafka",), ready_seconds=12)
    assert said.value.exit_code == 1
    assert members(settings.home) == []


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from ops.cli import main; main.main(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=GIVE_UP)
    modules = set(done.stdout.splitlines()[-1].split())
    assert modules.isdisjoint({"chdb", "faust", "clickhouse_connect", "confluent_kafka", "numpy", "supervisor", "jgo"})
