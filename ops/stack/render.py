"""Writes what a start needs into C360_HOME/run, from the templates beside this file."""

import base64
import hashlib
import os
import shlex
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from string import Template

from ops.artifacts.runtime import Runtime
from ops.launcher.spec import LaunchSpec, Preparation, launches_path
from ops.stack.home import Home
from ops.stack.parts import KAFKA, PARTS, PYTHON, READERS, REGISTRY, SINKS, Part, command
from schemas.erased import RESTORED
from schemas.errors import SettingError
from schemas.settings import USER, Settings


def render(settings: Settings, home: Home, parts: Iterable[Part], runtime: Runtime | None) -> Path:
    """Writes every file that the parts are started with; answers supervisord's configuration."""
    parts = tuple(parts)
    config = template("supervisord.conf", socket=_relative(home, home.socket))
    for part in parts:
        if part is KAFKA and runtime:
            _kafka(settings, home, runtime)
        elif part is REGISTRY:
            _registry(settings, home)
        launch_spec(settings, home, part, runtime, parts).write(home.spec(part.name))
        launches_path(home.spec(part.name)).unlink(missing_ok=True)
        launcher = shlex.join([*PYTHON, "ops.launcher", _relative(home, home.spec(part.name))]).replace("%", "%%")
        config += template("program.conf", name=part.name, command=launcher, priority=100 + PARTS.index(part))
    path = home.run / "supervisord.conf"
    path.write_text(config, encoding="utf-8")
    return path


def launch_spec(
    settings: Settings, home: Home, part: Part, runtime: Runtime | None, started: Iterable[Part]
) -> LaunchSpec:
    """What the launcher is told: it waits only for parts that are started with this one."""
    names = {one.name: one for one in started}
    # What was restored may name customers who were erased since: the sinks answer once they are erased again.
    behind = (SINKS.name,) if part in READERS and (home.root / RESTORED).exists() else ()
    needs = {name: names[name].probe(settings) for name in (*part.needs, *behind) if name in names}
    return LaunchSpec(part.name, command(part, home, runtime), needs, _preparation(part, home, runtime), part.memory)


def template(file: str, /, **words: object) -> str:
    """The text of a template with its ${words} put in."""
    text = (resources.files("ops.stack") / "templates" / file).read_text(encoding="utf-8")
    return Template(text).substitute(words)


def cluster_id(root: Path) -> str:
    """The id of a state folder's Kafka cluster: 22 characters, as Kafka writes a UUID."""
    digest = hashlib.md5(os.fsencode(root), usedforsecurity=False).digest()
    text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    # A dash in front would be read as an option.
    return "A" + text[1:] if text.startswith("-") else text


def formatted(home: Home, runtime: Runtime, cluster: str, *controllers: str) -> Preparation:
    """Makes Kafka's data folder that of a node of a cluster; `controllers` says whose votes count at first."""
    words = ["kafka.tools.StorageTool", "format", *controllers, "--ignore-formatted", "-t", cluster]
    java = [str(runtime.java), f"@{home.run / 'kafka.args'}", *runtime.quicker("kafka")]
    config = str(home.run / "kafka.properties")
    return Preparation(str(home.data("kafka") / "meta.properties"), (*java, *words, "-c", config))


def _kafka(settings: Settings, home: Home, runtime: Runtime) -> None:
    log4j = home.run / "log4j2.yaml"
    _write(log4j, "log4j2.yaml")
    _write(home.run / "kafka.args", "kafka.args", **_java(log4j=log4j, class_path=runtime.kafka_class_path))
    _write(
        home.run / "kafka.properties",
        "kafka.properties",
        kafka_port=settings.kafka_port,
        kafka_controller_port=settings.kafka_controller_port,
        topic_partitions=settings.topic_partitions,
        data=_properties(home.data("kafka")),
        protocol="SASL_SSL" if settings.tls_certificate else "PLAINTEXT",
    )
    if settings.tls_certificate:
        keystore = home.run / "kafka.pem"
        keystore.touch(mode=0o600)
        keystore.write_text("".join(map(_text, (settings.tls_key, settings.tls_certificate))), encoding="ascii")
        login = template("kafka.jaas", **_java(user=USER, password=settings.kafka_secret)).strip()
        _append(
            home.run / "kafka.properties",
            "kafka_tls.properties",
            keystore=_properties(keystore),
            truststore=template("kafka_truststore.properties", ca=_properties(Path(settings.tls_ca)))
            if settings.tls_ca
            else "",
            login=login.replace("\\", "\\\\"),
        )


def _registry(settings: Settings, home: Home) -> None:
    data, args = home.data("registry"), home.run / "registry.args"
    data.mkdir(mode=0o700, exist_ok=True)
    _write(args, "registry.args", registry_port=settings.registry_port, **_java(data=data / "registry"))
    if settings.registry_login and settings.tls_certificate:
        user, password = settings.registry_login
        files = {"certificate": settings.tls_certificate, "key": settings.tls_key}
        words = _java(user=user, password=password, **files)
        _append(args, "registry_tls.args", registry_port=settings.registry_port, **words)


def _append(path: Path, name: str, **words: object) -> None:
    """To a file that holds a password from now on."""
    path.chmod(0o600)
    with path.open("a", encoding="utf-8") as file:
        file.write(template(name, **words))


def _text(path: str) -> str:
    """A PEM file's text.

    Raises:
        SettingError: it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="ascii").rstrip() + "\n"
    except (OSError, ValueError) as error:
        raise SettingError(
            f"{path or 'C360_TLS_KEY'} cannot be read: {error}. "
            "C360_TLS_CERTIFICATE and C360_TLS_KEY are PEM files: set both or none."
        ) from None


def _preparation(part: Part, home: Home, runtime: Runtime | None) -> Preparation | None:
    """Kafka's data folder is formatted once."""
    if part is not KAFKA or runtime is None:
        return None
    return formatted(home, runtime, cluster_id(home.root), "--standalone")


def _write(path: Path, name: str, **words: object) -> None:
    path.write_text(template(name, **words), encoding="utf-8")


def _relative(home: Home, path: Path) -> str:
    return str(path.relative_to(home.root) if path.is_relative_to(home.root) else path)


def _java(**words: object) -> dict[str, str]:
    """Values for a quoted word of Java's argument files, where a backslash escapes."""
    return {name: str(value).replace("\\", "\\\\").replace('"', '\\"') for name, value in words.items()}


def _properties(path: Path) -> str:
    return str(path).replace("\\", "\\\\")
