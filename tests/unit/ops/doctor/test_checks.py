"""Each check of this machine says what is wrong, and what to do; those of servers are in tests/integration/ops."""

import json
import socket
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops.doctor import checks, command
from ops.doctor.finding import Finding
from ops.launcher.probes import Probe
from ops.stack.home import SECRETS, TLS_SECRETS, prepare
from schemas.cli import exit_code
from schemas.settings import Settings, settings

Check = Callable[[Settings], Iterator[Finding]]


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", cache=tmp_path / "cache")


def wrong(check: Check, here: Settings) -> str:
    """What a check finds that is not well, with its remedies."""
    return "\n".join(f"{one.what}: {one.detail} -> {one.remedy}" for one in check(here) if not one.well)


def test_an_old_python(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong(checks.python, here) == ""
    monkeypatch.setattr("sys.version_info", (3, 10, 2))
    assert "python: 3.10.2 -> Install Python 3.11" in wrong(checks.python, here)


def test_packages_that_are_missing_or_too_old(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong(checks.packages, here) == ""
    there = {"customer360": "1.0", "numpy": "1.9"}

    def version(name: str) -> str:
        try:
            return there[name]
        except KeyError:
            raise metadata.PackageNotFoundError(name) from None

    monkeypatch.setattr(checks, "version", version)
    monkeypatch.setattr(checks, "requires", lambda _: ["numpy>=2.2", "chdb==4.4.0"])
    assert "numpy is 1.9, not >=2.2; chdb is missing, not ==4.4.0 -> Run 'make setup'" in wrong(checks.packages, here)


def test_archives_that_are_not_there(here: Settings) -> None:
    assert "archives: not set up" in wrong(checks.archives, here)


def test_too_little_memory(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=2**30))
    assert "memory: 1.0 GiB available -> The stack wants 4 GiB" in wrong(checks.memory, here)


def test_too_little_disk(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=2**30))
    assert "C360_TOPIC_RETENTION_BYTES" in wrong(checks.disk, here)


def test_a_folder_that_is_somebody_else_s(here: Settings) -> None:
    here.home.mkdir()
    (here.home / "photo.jpg").touch()
    assert "holds files that are not a stack's" in wrong(checks.home, here)


def test_secrets_that_others_can_read(here: Settings) -> None:
    prepare(here)
    assert wrong(checks.home, here) == ""
    for name in (*SECRETS, *TLS_SECRETS):
        here.secret_path(name).touch()
        here.secret_path(name).chmod(0o640)
        assert f"Run: chmod 600 {here.secret_path(name)}" in wrong(checks.home, here)
        here.secret_path(name).chmod(0o600)
    assert wrong(checks.home, here) == ""


def test_a_folder_that_others_can_look_into(here: Settings) -> None:
    assert wrong(checks.home, here) == ""
    prepare(here)
    for mode in (0o755, 0o750, 0o701):
        here.home.chmod(mode)
        assert f"can be read by others -> Run: chmod 700 {here.home}" in wrong(checks.home, here)
    here.home.chmod(0o700)
    assert wrong(checks.home, here) == ""


def test_a_folder_that_cannot_be_written(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write anywhere.
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "cannot be written" in wrong(checks.home, here)


def test_a_port_that_is_taken_and_one_that_is_given_twice(here: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        taken = here.model_copy(update={"bolt_port": port})
        assert f"Port {port}, which Bolt needs, is taken" in wrong(checks.ports, taken)
    twice = here.model_copy(update={"bolt_port": here.kafka_port})
    assert "C360_KAFKA_PORT and C360_BOLT_PORT both have the value" in wrong(checks.ports, twice)


def test_servers_elsewhere_that_do_not_answer(here: Settings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{holder.getsockname()[1]}"
        elsewhere = here.model_copy(
            update={
                "schema_registry_url": nobody,
                "clickhouse_url": nobody,
                "clickhouse_reader_password": "x",
                "bolt_url": nobody.replace("http", "bolt"),
            }
        )
        said = wrong(checks.answers, elsewhere)
    assert "registry: does not answer" in said
    assert "clickhouse: does not answer" in said
    assert "bolt: does not answer -> Bolt 4.4 at bolt://127.0.0.1:" in said


@pytest.mark.parametrize(
    ("url", "address", "tls"),
    [
        ("bolt://graph:7000", "graph:7000", False),
        ("neo4j://graph", "graph:7687", False),
        ("bolt+s://graph:7000", "graph:7000", True),
    ],
)
def test_bolt_elsewhere_is_asked_itself(
    here: Settings, monkeypatch: pytest.MonkeyPatch, url: str, address: str, tls: bool
) -> None:
    asked = []

    def answers(probe: Probe) -> bool:
        asked.append(probe)
        return True

    monkeypatch.setattr(Probe, "answers", answers)
    assert wrong(checks.answers, here.model_copy(update={"bolt_url": url})) == ""
    assert asked == [Probe("bolt", address, tls)]


def test_one_object_and_the_exit_code(
    here: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("C360_HOME", str(here.home))
    settings.cache_clear()
    monkeypatch.setattr(command, "CHECKS", (checks.python,))
    assert exit_code(command.doctor_command, ["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["well"] is True
    monkeypatch.setattr(command, "CHECKS", (checks.python, checks.archives))
    monkeypatch.setattr(checks, "installed", lambda *_: False)
    assert exit_code(command.doctor_command, ["--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["well"] is False
    assert [one["what"] for one in found["findings"] if not one["well"]] == ["archives"]
    settings.cache_clear()
