"""The files a start writes, also for folders with awkward names."""

import configparser
import json
import shlex
from pathlib import Path

import pytest

from ops.artifacts.runtime import Runtime
from ops.launcher.spec import LaunchSpec
from ops.stack.home import Home
from ops.stack.parts import PARTS
from ops.stack.render import cluster_id, render
from schemas.erased import RESTORED
from schemas.errors import SettingError
from schemas.settings import Settings
from tests.support.certificates import make_certificates


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return Runtime(Path("/java"), (Path("/a.jar"), Path("/b.jar")), Path("/registry.jar"), "1", tmp_path)


def rendered(settings: Settings, runtime: Runtime) -> tuple[Home, configparser.RawConfigParser]:
    home = Home(settings.home)
    home.run.mkdir(parents=True)
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    parser.read(render(settings, home, PARTS, runtime))
    return home, parser


@pytest.mark.parametrize("name", ["plain", "two words", "100% of it", 'a "quote"', "it's"])
def test_supervisord_finds_every_part_whatever_the_folder_is_called(
    tmp_path: Path, runtime: Runtime, name: str
) -> None:
    home, parser = rendered(Settings(home=tmp_path / name), runtime)
    for part in PARTS:
        section = parser[f"program:{part.name}"]
        assert home.root / shlex.split(section["command"] % {})[-1] == home.spec(part.name)
        assert section["autorestart"] == "true"
        assert home.root / section["stdout_logfile"] == home.log(part.name)
    assert home.root / parser["unix_http_server"]["file"] == home.socket
    assert parser["unix_http_server"]["chmod"] == "0700"


def test_readers_of_what_was_restored_wait_until_the_sinks_have_erased_again(tmp_path: Path, runtime: Runtime) -> None:
    home, _ = rendered(Settings(home=tmp_path / "new"), runtime)
    needs = {part.name: set(LaunchSpec.read(home.spec(part.name)).needs) for part in PARTS}
    restored = tmp_path / "restored"
    restored.mkdir()
    (restored / RESTORED).touch()
    home, _ = rendered(Settings(home=restored), runtime)
    for part in PARTS:
        more = {"sinks"} if part.name in {"bolt", "api", "console"} else set()
        assert set(LaunchSpec.read(home.spec(part.name)).needs) == needs[part.name] | more


def test_no_password_is_written(tmp_path: Path, runtime: Runtime) -> None:
    settings = Settings(home=tmp_path / "home", clickhouse_writer_password="hush-hush")
    home, _ = rendered(settings, runtime)
    assert all("hush-hush" not in path.read_text() for path in home.run.iterdir())


def test_kafka_listens_on_loopback_alone(tmp_path: Path, runtime: Runtime) -> None:
    settings = Settings(home=tmp_path / "home", kafka_port=19092, kafka_controller_port=19093)
    home, _ = rendered(settings, runtime)
    lines = (home.run / "kafka.properties").read_text().splitlines()
    properties = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    assert properties["listeners"] == "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"
    assert properties["advertised.listeners"] == properties["listeners"]
    assert properties["auto.create.topics.enable"] == "false"
    assert properties["log.dirs"] == str(home.data("kafka"))


def test_the_registry_forgets_nothing_it_has_answered(tmp_path: Path, runtime: Runtime) -> None:
    home, _ = rendered(Settings(home=tmp_path / "home"), runtime)
    words = (home.run / "registry.args").read_text().splitlines()
    assert "-Dquarkus.http.host=127.0.0.1" in words
    assert any(word.endswith(';WRITE_DELAY=0"') for word in words)


def test_a_part_waits_for_its_needs(tmp_path: Path, runtime: Runtime) -> None:
    home, _ = rendered(Settings(home=tmp_path / "home"), runtime)
    sinks = LaunchSpec.read(home.spec("sinks"))
    assert list(sinks.needs) == ["kafka", "registry", "clickhouse"]
    assert sinks.preparation is None
    kafka = LaunchSpec.read(home.spec("kafka"))
    assert kafka.needs == {}
    assert kafka.preparation is not None
    assert "format" in kafka.preparation.command
    assert kafka.preparation.unless == str(home.data("kafka") / "meta.properties")
    assert json.loads(home.spec("kafka").read_text())["command"][0] == "/java"


def test_a_class_snapshot_is_used_once_it_is_there(runtime: Runtime) -> None:
    assert runtime.quicker("kafka") == ()
    runtime.snapshot("kafka").parent.mkdir(parents=True)
    runtime.snapshot("kafka").touch()
    assert runtime.quicker("kafka") == (f"-XX:AOTCache={runtime.snapshot('kafka')}",)


def test_a_cluster_id_is_one_and_the_folders_own(tmp_path: Path) -> None:
    assert len(cluster_id(tmp_path)) == 22
    assert cluster_id(tmp_path) == cluster_id(tmp_path) != cluster_id(tmp_path / "other")
    assert not [number for number in range(500) if cluster_id(tmp_path / str(number)).startswith("-")]


def test_with_a_certificate_kafka_and_the_registry_speak_tls_alone(tmp_path: Path, runtime: Runtime) -> None:
    made = make_certificates(tmp_path)
    settings = Settings(
        home=tmp_path / "home",
        tls_certificate=str(made.certificate),
        tls_key=str(made.key),
        tls_ca=str(made.authority),
        kafka_password='with "quotes"',
        schema_registry_password="hush",
    )
    home, _ = rendered(settings, runtime)
    properties = (home.run / "kafka.properties").read_text()
    assert "PLAINTEXT" not in properties
    assert 'password="with \\\\"quotes\\\\""' in properties
    assert f"ssl.truststore.location={made.authority}" in properties
    words = (home.run / "registry.args").read_text().splitlines()
    assert "-Dquarkus.http.insecure-requests=disabled" in words
    assert '"-Dquarkus.security.users.embedded.users.c360=hush"' in words
    for name in ("kafka.properties", "kafka.pem", "registry.args"):
        assert (home.run / name).stat().st_mode & 0o077 == 0
    assert LaunchSpec.read(home.spec("sinks")).needs["kafka"].tls


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path, runtime: Runtime) -> None:
    settings = Settings(home=tmp_path / "home", tls_certificate="/no/such.pem", kafka_password="x")
    with pytest.raises(SettingError, match="C360_TLS_KEY"):
        rendered(settings, runtime)
