"""The parts of the embedded stack: what each needs, where it listens and how one sees that it answers."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil

from ops.artifacts.runtime import Runtime
from ops.launcher.probes import Probe
from ops.stack.home import Home
from schemas.addresses import reached, url
from schemas.errors import UsageError
from schemas.settings import Settings

#: Runs a module. -P: the current folder, full of state, is not where modules are looked for.
PYTHON = (sys.executable, "-P", "-m")


@dataclass(frozen=True)
class Part:
    """One process. `ports` are fields of Settings; `external` is the field that names a server used in its stead.

    `applies` says whether an installation has such a part at all; `memory` is what it may take, in bytes. Those without
    have a cap of their own: -Xmx, or max_server_memory_usage.
    """

    name: str
    title: str
    ports: tuple[str, ...]
    probe: Callable[[Settings], Probe]
    module: str = ""
    needs: tuple[str, ...] = ()
    external: str = ""
    applies: Callable[[Settings], bool] = lambda _: True
    memory: int = 0

    @property
    def is_java(self) -> bool:
        """Whether it runs on the Java runtime."""
        return not self.module

    def embedded(self, settings: Settings) -> bool:
        """Whether this installation runs it by itself."""
        return self.applies(settings) and not self.elsewhere(settings)

    def elsewhere(self, settings: Settings) -> bool:
        """Whether a server of its own is used in its stead."""
        return bool(self.external and getattr(settings, self.external))


def _metrics(port: str) -> Callable[[Settings], Probe]:
    return lambda settings: _web(f"{url(settings.metrics_host, getattr(settings, port), tls=False)}/metrics")


def _embedded(settings: Settings, port: int, path: str) -> Probe:
    """A question to one of the embedded servers, which speak TLS where a certificate is set."""
    return _web(url("127.0.0.1", port, tls=bool(settings.tls_certificate)) + path)


def _web(target: str) -> Probe:
    return Probe("http", target, tls=target.startswith("https:"))


KAFKA = Part(
    "kafka",
    "Kafka",
    ("kafka_port", "kafka_controller_port"),
    lambda settings: Probe("kafka", f"127.0.0.1:{settings.kafka_port}", tls=bool(settings.tls_certificate)),
    external="kafka_bootstrap",
)
REGISTRY = Part(
    "registry",
    "schema registry",
    ("registry_port",),
    lambda settings: _embedded(settings, settings.registry_port, "/apis/ccompat/v7/subjects"),
    external="schema_registry_url",
)
CLICKHOUSE = Part(
    "clickhouse",
    "ClickHouse",
    ("clickhouse_port", "clickhouse_metrics_port"),
    lambda settings: _embedded(settings, settings.clickhouse_port, "/ping"),
    module="sinks.embedded",
    # Its Kafka tables read on as soon as it is up, and take a record whose schema cannot be looked up for a bad one:
    # up to the limit, behind which `sinks` stops them.
    needs=("registry",),
    external="clickhouse_url",
)
SINKS = Part(
    "sinks",
    "sinks",
    ("sinks_metrics_port",),
    _metrics("sinks_metrics_port"),
    module="sinks",
    needs=("kafka", "registry", "clickhouse"),
    memory=2 << 30,
)
INGEST = Part(
    "ingest",
    "ingestion",
    ("ingest_metrics_port",),
    _metrics("ingest_metrics_port"),
    module="sinks.ingest",
    needs=("kafka", "registry", "clickhouse", "sinks"),
    applies=lambda settings: settings.clickhouse_ingest == "client",
    memory=2 << 30,
)
STREAM_PROCESSORS = Part(
    "stream_processors",
    "stream processors",
    ("stream_processors_metrics_port",),
    _metrics("stream_processors_metrics_port"),
    module="stream_processors",
    needs=("kafka", "registry"),
    # A gigabyte for each million customers, and address space that it never touches.
    memory=max(4 << 30, psutil.virtual_memory().total // 2),
)

BOLT = Part(
    "bolt",
    "Bolt",
    ("bolt_port", "bolt_http_port", "bolt_metrics_port"),
    lambda settings: Probe(
        "bolt", f"{reached(settings.bolt_host)}:{settings.bolt_port}", tls=bool(settings.bolt_tls_certificate)
    ),
    module="queries.graph.bolt",
    external="bolt_url",
    memory=2 << 30,
)

API = Part(
    "api",
    "API",
    ("api_port", "api_metrics_port"),
    lambda settings: _web(f"{settings.api_url}/healthz"),
    module="queries.api",
    memory=2 << 30,
)

CONSOLE = Part(
    "console",
    "console",
    ("console_port", "console_metrics_port"),
    lambda settings: _web(f"{settings.console_url}/healthz"),
    module="queries.console",
    memory=2 << 30,
)

#: Those that answer people.
READERS = (BOLT, API, CONSOLE)
PARTS = (KAFKA, REGISTRY, CLICKHOUSE, SINKS, INGEST, STREAM_PROCESSORS, *READERS)


def chosen(settings: Settings, names: Iterable[str] | None = None) -> tuple[Part, ...]:
    """The embedded parts of an installation, or those of them that are named, in the order in which they start.

    Raises:
        UsageError: a name is not a part's.
    """
    if names is None:
        return tuple(part for part in PARTS if part.embedded(settings))
    known = {part.name for part in PARTS}
    wanted = set(names)
    if wrong := sorted(wanted - known):
        raise UsageError(f"There is no part {wrong[0]!r}. The parts are {', '.join(part.name for part in PARTS)}.")
    return tuple(part for part in PARTS if part.name in wanted and part.embedded(settings))


def command(part: Part, home: Home, runtime: Runtime | None) -> tuple[str, ...]:
    """The words that become the part's process; `runtime` is needed for those that run on Java."""
    if not part.is_java:
        return (*PYTHON, part.module)
    if runtime is None:
        raise ValueError(f"{part.name} needs a Java runtime")
    java = (str(runtime.java), f"@{home.run / part.name}.args", *runtime.quicker(part.name))
    if part is KAFKA:
        return (*java, "kafka.Kafka", str(home.run / "kafka.properties"))
    return (*java, "-jar", str(runtime.registry_jar))
