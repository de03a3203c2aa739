"""Lets each JVM run once and keeps its classes loaded and linked (JEP 483, 514): later starts take a third of the time.

Source: https://openjdk.org/jeps/514
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from rich.console import Console

from ops.artifacts.install import locked
from ops.artifacts.runtime import Runtime
from ops.stack.environment import child_environment
from ops.stack.home import Home, prepare
from ops.stack.parts import KAFKA, REGISTRY, Part
from ops.stack.render import launch_spec, render
from schemas.errors import C360Error
from schemas.provision import provision
from schemas.settings import Settings

PARTS = (KAFKA, REGISTRY)
READY_SECONDS = 60.0
END_SECONDS = 120.0


def train(runtime: Runtime, console: Console) -> None:
    """Makes what is missing. Without it everything works, but starts later; so a failure is said, and no more."""
    folder = runtime.cache / "aot"
    if _made(runtime):
        return
    try:
        with locked(runtime.cache, console):
            if _made(runtime):
                return
            console.print("Preparing quicker starts of Kafka and the registry: about 15 seconds, once.")
            folder.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".training-") as scratch:
                _train(runtime, _settings(Path(scratch) / "home", runtime.cache))
    except (C360Error, OSError, subprocess.SubprocessError) as error:
        console.print(f"That failed ({error}); everything works all the same, and starts later.", highlight=False)


def _made(runtime: Runtime) -> bool:
    return all(runtime.snapshot(part.name).is_file() for part in PARTS)


def _settings(home: Path, cache: Path) -> Settings:
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        ports = []
        for listener in (one, two, three):
            listener.bind(("127.0.0.1", 0))
            ports.append(listener.getsockname()[1])
    return Settings(
        home=home,
        cache=cache,
        kafka_port=ports[0],
        kafka_controller_port=ports[1],
        registry_port=ports[2],
        kafka_bootstrap="",
        kafka_options={},
        schema_registry_url="",
        topic_replication=1,
    )


def _train(runtime: Runtime, settings: Settings) -> None:
    home = prepare(settings)
    for part in PARTS:
        runtime.snapshot(part.name).unlink(missing_ok=True)
    render(settings, home, PARTS, runtime)
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for part in PARTS:
            running[part.name] = _run(part, runtime, settings, home)
        _wait_ready(settings, running)
        provision(settings)
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        for part in PARTS:
            running[part.name].wait(END_SECONDS)
            (home.run / f"{part.name}.aot").replace(runtime.snapshot(part.name))
    finally:
        for process in running.values():
            # The JVM writes its file in a child of its own: the group ends both.
            _end(process)


def _run(part: Part, runtime: Runtime, settings: Settings, home: Home) -> "subprocess.Popen[bytes]":
    spec = launch_spec(settings, home, part, runtime, PARTS)
    environment = child_environment(settings)
    with home.log(part.name).open("wb") as log:
        if spec.preparation:
            subprocess.run(
                spec.preparation.command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True
            )
        java, *words = spec.command
        output = f"-XX:AOTCacheOutput={home.run / part.name}.aot"
        return subprocess.Popen(
            [java, output, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_ready(settings: Settings, running: dict[str, "subprocess.Popen[bytes]"]) -> None:
    until = time.monotonic() + READY_SECONDS
    for part in PARTS:
        while not part.probe(settings).answers():
            if running[part.name].poll() is not None or time.monotonic() > until:
                raise C360Error(f"{part.title} does not answer")
            time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
