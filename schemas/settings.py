"""Where the parts find each other: every port, address and limit is a C360_* variable, in the environment or a file."""

import functools
import os
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from schemas.addresses import url
from schemas.errors import SettingError
from schemas.variables import BOLT, WEB, allowed, named_in_file, refuse_unknown, variable

#: Names the file of settings; what the environment says goes before.
FILE = "C360_SETTINGS_FILE"
WRITER = "c360_writer"
READER = "c360_reader"
#: In C360_HOME once a stack was started there.
STACK_FILE = "stack.json"
#: The one user of the embedded Kafka and of the embedded registry, where they ask for one.
USER = "c360"


class Settings(BaseSettings):
    """One installation. Addresses default to the embedded stack on loopback."""

    model_config = SettingsConfigDict(env_prefix="C360_", frozen=True, extra="ignore")

    home: Path = Field(Path(".c360"), description="folder of all state of the embedded stack")
    cache: Path = Field(Path("~/.cache/c360"), description="folder of downloaded archives, shared by all installations")
    maven_repository: str = Field("", description="URL of the Maven repository to set up from; empty: Maven Central")

    kafka_port: int = Field(9092, ge=1, le=65535, description="embedded Kafka")
    kafka_controller_port: int = Field(9093, ge=1, le=65535, description="embedded Kafka, controller")
    registry_port: int = Field(8085, ge=1, le=65535, description="embedded schema registry")
    clickhouse_port: int = Field(8123, ge=1, le=65535, description="embedded ClickHouse, HTTP")
    clickhouse_metrics_port: int = Field(
        9401, ge=1, le=65535, description="Prometheus metrics of the embedded ClickHouse"
    )
    stream_processors_metrics_port: int = Field(9402, ge=1, le=65535, description="Prometheus metrics of a worker")
    producers_metrics_port: int = Field(
        9403, ge=0, le=65535, description="Prometheus metrics of a producer, 0 for none"
    )
    sinks_metrics_port: int = Field(9404, ge=1, le=65535, description="Prometheus metrics of the pipeline's monitor")
    ingest_metrics_port: int = Field(
        9408, ge=1, le=65535, description="Prometheus metrics of the process that takes events in for ClickHouse"
    )
    bolt_host: str = Field("127.0.0.1", description="address on which Bolt and its HTTP port listen")
    bolt_port: int = Field(7687, ge=1, le=65535, description="Bolt")
    bolt_http_port: int = Field(8081, ge=1, le=65535, description="Cypher over HTTP, POST /submitCypher")
    bolt_metrics_port: int = Field(9405, ge=1, le=65535, description="Prometheus metrics of Bolt's server")
    bolt_user: str = Field("neo4j", min_length=1, description="user of Bolt's clients")
    bolt_password: str = Field("", description="empty: read from C360_HOME/secrets, made at the first up")
    bolt_tls_certificate: str = Field("", description="PEM file of Bolt's certificate; empty: no TLS")
    bolt_tls_key: str = Field("", description="PEM file of the certificate's key")
    bolt_sessions: int = Field(64, ge=1, le=4096, description="sessions that Bolt's clients may have open at once")
    bolt_idle_seconds: float = Field(7200.0, gt=0, description="time after which a silent session is closed")
    bolt_url: str = Field(
        "", pattern=BOLT, description="bolt://host:port of a server that answers instead, such as PuppyGraph"
    )

    api_host: str = Field("127.0.0.1", description="address on which the API listens")
    api_port: int = Field(8090, ge=1, le=65535, description="the API, HTTP")
    api_metrics_port: int = Field(9406, ge=1, le=65535, description="Prometheus metrics of the API")
    api_key: str = Field("", description="the API's key; empty: read from C360_HOME/secrets, made at the first up")
    api_keys_file: str = Field(
        "", description="file of more keys, a line of NAME KEY or NAME sha256:HEX each; read again when it changes"
    )
    api_tls_certificate: str = Field("", description="PEM file of the API's certificate; empty: no TLS")
    api_tls_key: str = Field("", description="PEM file of the certificate's key")
    api_requests_per_second: float = Field(
        100.0, gt=0, le=100_000, description="requests that a key may send, after twice as many at once"
    )
    api_queries: int = Field(8, ge=1, le=256, description="reports and Cypher queries that the API asks at once")
    api_query_seconds: float = Field(30.0, gt=0, le=600, description="time after which the API gives a query up")
    api_streams: int = Field(1000, ge=1, le=20_000, description="readers of live alerts that may be connected at once")

    console_host: str = Field("127.0.0.1", description="address on which the web console listens")
    console_port: int = Field(8091, ge=1, le=65535, description="the web console, HTTP")
    console_metrics_port: int = Field(9407, ge=1, le=65535, description="Prometheus metrics of the web console")
    console_password: str = Field(
        "",
        description="the console's password, of 16 characters or more; empty: read from C360_HOME/secrets, made at the "
        "first up",
    )
    console_tls_certificate: str = Field("", description="PEM file of the console's certificate; empty: no TLS")
    console_tls_key: str = Field("", description="PEM file of the certificate's key")

    tls_certificate: str = Field(
        "", description="PEM file of the certificate of the embedded servers; empty: no TLS on loopback"
    )
    tls_key: str = Field("", description="PEM file of the certificate's key")
    tls_ca: str = Field(
        "",
        description="PEM file of the authority that signed the servers' certificates, beside those the system trusts; "
        "for the registry it takes their place, so that the registry's own authority must be in it, whoever it is",
    )
    metrics_host: str = Field("127.0.0.1", description="address on which every process serves its metrics")
    puppygraph_url: str = Field(
        "", pattern=WEB, description="HTTP URL of a PuppyGraph that the graph's view is uploaded to"
    )
    puppygraph_user: str = Field("puppygraph", min_length=1, description="user of that PuppyGraph")
    puppygraph_password: str = Field("", description="password of that user")
    puppygraph_driver_url: str = Field(
        "", description="where it fetches clickhouse-jdbc; empty: from C360_MAVEN_REPOSITORY"
    )

    kafka_bootstrap: str = Field("", description="host:port,... of Kafka; empty for the embedded one")
    kafka_options: dict[str, str] = Field(
        default_factory=dict, description="more librdkafka settings as JSON, for instance SASL and TLS"
    )
    kafka_password: str = Field(
        "", description="of the embedded Kafka, where it speaks TLS; empty: read from C360_HOME/secrets"
    )
    schema_registry_url: str = Field(
        "", pattern=WEB, description="Confluent-compatible base URL; empty for the embedded one"
    )
    schema_registry_user: str = Field(USER, min_length=1, description="user of the registry, where it asks for one")
    schema_registry_password: str = Field(
        "", description="empty: nobody is asked for one; of the embedded registry with TLS, from C360_HOME/secrets"
    )
    clickhouse_url: str = Field("", pattern=WEB, description="HTTP(S) URL of ClickHouse; empty for the embedded one")
    clickhouse_ingest: Literal["engine", "client"] = Field(
        "engine",
        description="engine: ClickHouse reads Kafka itself; client: `python -m sinks.ingest` reads and inserts",
    )
    clickhouse_database: str = Field("customer360", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="database")
    clickhouse_cluster: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_.-]*$",
        description="ClickHouse cluster that tables are spread over; empty: one server",
    )
    clickhouse_writer_user: str = Field(WRITER, description="user of the sinks")
    clickhouse_writer_password: str = Field("", description="empty: read from C360_HOME/secrets, made at the first up")
    clickhouse_reader_user: str = Field(READER, description="user of everything that asks")
    clickhouse_reader_password: str = Field("", description="empty: read from C360_HOME/secrets, made at the first up")

    ingest_seconds: float = Field(
        0.5,
        gt=0,
        le=60,
        description="time for which `python -m sinks.ingest` gathers a block, if it is not full before",
    )
    dead_letter_run: int = Field(
        10_000,
        ge=0,
        le=1_000_000_000,
        description="records of a partition in a row that may be dead letters before their consumer stands still; "
        "0: any number",
    )
    topic_prefix: str = Field("c360.", pattern=r"^[A-Za-z0-9._-]*$", description="before every topic's name")
    topic_partitions: int = Field(4, ge=1, le=4096, description="partitions of a topic that is created")
    topic_replication: int = Field(1, ge=1, le=9, description="replication factor of a topic that is created")
    topic_retention_ms: int = Field(-1, ge=-1, description="how long events are kept in Kafka; -1 for ever")
    topic_retention_bytes: int = Field(
        -1,
        ge=-1,
        description="guard of the disk: what a topic of events may take there before its oldest go; -1 for no limit",
    )

    feature_rows_per_second: int = Field(
        5000, ge=1, description="budget of the customer-features topic, for each worker"
    )
    snapshot_seconds: float = Field(10.0, gt=0, description="time between snapshots of a worker's state")

    @field_validator("cache", "home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator(
        "bolt_tls_certificate", "bolt_tls_key", "api_tls_certificate", "api_tls_key", "api_keys_file",
        "console_tls_certificate", "console_tls_key", "tls_certificate", "tls_key", "tls_ca",
    )  # fmt: skip
    @classmethod
    def _absolute_file(cls, value: str) -> str:
        return str(Path(value).expanduser().absolute()) if value else ""

    @property
    def bootstrap(self) -> str:
        """host:port,... of Kafka."""
        return self.kafka_bootstrap or f"127.0.0.1:{self.kafka_port}"

    @property
    def registry_url(self) -> str:
        """Base URL of the registry's Confluent-compatible interface, without a slash at its end."""
        return self.schema_registry_url.rstrip("/") or f"{self._embedded(self.registry_port)}/apis/ccompat/v7"

    @property
    def registry_login(self) -> tuple[str, str] | None:
        """User and password of the registry; None where it asks for none.

        Raises:
            SettingError: the embedded registry's password is neither set nor made yet.
        """
        password = self.schema_registry_password
        if not password and self.tls_certificate and not self.schema_registry_url:
            password = self._secret("schema_registry", "the schema registry")
        return (self.schema_registry_user, password) if password else None

    @property
    def registry_url_with_login(self) -> str:
        """The same with user and password in it, for who has no other place for them."""
        if self.registry_login is None:
            return self.registry_url
        parts = urlsplit(self.registry_url)
        login = ":".join(quote(word, safe="") for word in self.registry_login)
        return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))

    @property
    def clickhouse(self) -> str:
        """URL of ClickHouse's HTTP interface, without a slash at its end."""
        return self.clickhouse_url.rstrip("/") or self._embedded(self.clickhouse_port)

    @property
    def kafka_client(self) -> dict[str, str]:
        """What every librdkafka client starts from.

        Raises:
            SettingError: the embedded Kafka asks for a password that is neither set nor made yet.
        """
        return {"bootstrap.servers": self.bootstrap, **self.kafka_security}

    @property
    def kafka_security(self) -> dict[str, str]:
        """librdkafka's settings beside the address: C360_KAFKA_OPTIONS and what the embedded Kafka's TLS asks for."""
        if self.kafka_bootstrap or not self.tls_certificate:
            return self.kafka_options
        authority = {"ssl.ca.location": self.tls_ca} if self.tls_ca else {}
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": USER,
            "sasl.password": self.kafka_secret,
            **authority,
            **self.kafka_options,
        }

    @property
    def kafka_secret(self) -> str:
        """Password of the embedded Kafka's user.

        Raises:
            SettingError: it is neither set nor made yet.
        """
        return self.kafka_password or self._secret("kafka", "Kafka")

    @property
    def writer_password(self) -> str:
        """Password of the writing user.

        Raises:
            SettingError: it is neither set nor made yet.
        """
        return self.clickhouse_writer_password or self._secret("clickhouse_writer")

    @property
    def reader_password(self) -> str:
        """Password of the reading user.

        Raises:
            SettingError: it is neither set nor made yet.
        """
        return self.clickhouse_reader_password or self._secret("clickhouse_reader")

    @property
    def bolt_secret(self) -> str:
        """Password of Bolt's clients.

        Raises:
            SettingError: it is neither set nor made yet.
        """
        return self.bolt_password or self._secret("bolt", "Bolt")

    @property
    def api_secret(self) -> str:
        """The API's first key.

        Raises:
            SettingError: it is neither set nor made yet.
        """
        return self.api_key or self._secret("api", "the API", "C360_API_KEY")

    @property
    def console_secret(self) -> str:
        """Password of the web console.

        Raises:
            SettingError: it is neither set nor made yet.
        """
        return self.console_password or self._secret("console", "the console")

    @property
    def api_url(self) -> str:
        """Where a client on this machine finds the API."""
        return url(self.api_host, self.api_port, tls=bool(self.api_tls_certificate))

    @property
    def console_url(self) -> str:
        """Where a browser on this machine finds the web console."""
        return url(self.console_host, self.console_port, tls=bool(self.console_tls_certificate))

    def _embedded(self, port: int) -> str:
        """The URL of an embedded server."""
        return url("127.0.0.1", port, tls=bool(self.tls_certificate))

    def secret_path(self, name: str) -> Path:
        """The file of one secret of the embedded stack."""
        return self.home / "secrets" / name

    def _secret(self, name: str, server: str = "ClickHouse", given_by: str = "") -> str:
        path = self.secret_path(name)
        given_by = given_by or f"C360_{name.upper()}_PASSWORD"
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise SettingError(
                f"No password for {server}: {given_by} is not set and {path} does not exist. "
                "Set it, or start the embedded stack once with 'c360 up'."
            ) from None
        except PermissionError:
            raise SettingError(
                f"The password of {server} in {path} is not yours to read. Set {given_by}, or "
                "C360_HOME to a stack of your own."
            ) from None


@functools.cache
def settings() -> Settings:
    """This process's settings, read once.

    Raises:
        SettingError: a value cannot be used; the message names the variable.
    """
    return read_settings()


def read_settings() -> Settings:
    """The settings as the environment, or the file that it names, has them now.

    Raises:
        SettingError: a value cannot be used, or there is no such setting; the message names the variable.
    """
    known = [variable(name) for name in Settings.model_fields]
    refuse_unknown(os.environ, [*known, FILE])
    path = os.environ.get(FILE)
    file = named_in_file(Path(path).expanduser()) if path else {}
    refuse_unknown(file, known, f" in {path}")
    try:
        return Settings(_env_file=path or None)
    except SettingsError:
        # The one variable that is parsed before it is validated. It may hold a password.
        raise SettingError(
            'C360_KAFKA_OPTIONS is no JSON: expected an object of texts, for instance {"security.protocol": "SSL"}. '
            "Correct it or unset it."
        ) from None
    except ValidationError as error:
        raise _refused(error) from None


def _refused(error: ValidationError) -> SettingError:
    first = error.errors()[0]
    field, *inside = (str(part) for part in first["loc"])
    place = f", at {'.'.join(inside)}," if inside else ""
    wanted = allowed(field, Settings.model_fields[field])
    # Options may hold a password.
    value = "a value that cannot be used" if field == "kafka_options" else f"the value {first['input']!r}"
    return SettingError(f"{variable(field)}{place} has {value}: expected {wanted}. Correct it or unset it.")
