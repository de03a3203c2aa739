"""The DDL as it stands in sinks/ddl/*.sql, with the installation's names and addresses put in.

A statement ends with a semicolon at the end of a line. Placeholders are ${name}.
"""

import re
from importlib import resources
from importlib.resources.abc import Traversable
from string import Template
from typing import NamedTuple

from schemas.errors import SettingError
from schemas.groups import STORED, clickhouse_group
from schemas.settings import Settings
from schemas.topics import CUSTOMER_FEATURES, CUSTOMERS, TRANSACTIONS, Topic
from sinks.cluster import spread

DDL: Traversable = resources.files("sinks") / "ddl"

#: What librdkafka is built with inside of the embedded engine (chdb).
EMBEDDED_MECHANISM = "PLAIN"

#: The death of a consumer is noticed after this; librdkafka's own 45 s would be added to every restart.
SESSION_TIMEOUT_MS = 6000
CONSUMER = {
    "session.timeout.ms": str(SESSION_TIMEOUT_MS),
    "heartbeat.interval.ms": str(SESSION_TIMEOUT_MS // 6),
    # By default the pauses between attempts double up to ten seconds: a broker that has been away for four is asked
    # again after up to nine.
    "reconnect.backoff.max.ms": "1000",
}

#: Parts that a table knows again when the client inserts: a block is one for each schema, and for each month of its
#: records. More than a process can have had under way.
WINDOW = 20_000
#: Their records of another version may lack fields that have a default, which is that of ClickHouse too. The engine
#: then lets any field be missing: the checks keep records of other streams out, and the stream processors, who read
#: these topics too, report them whole. Nobody would report those of products and external ids: their fields all stay.
MAY_LACK_FIELDS = (CUSTOMERS, TRANSACTIONS, CUSTOMER_FEATURES)

#: What a migration may say: columns come, or are kept in another way. One that went or got another name would be missed
#: by those who are upgraded later, and one that is added must not be there.
REPEATABLE = re.compile(r"^ALTER TABLE \w+", re.MULTILINE)
ONCE = re.compile(r"\b(?:DROP|RENAME|CLEAR)\b|\bADD (?!COLUMN IF NOT EXISTS )")

#: What a statement makes, and its name.
MADE = re.compile(r"^CREATE (TABLE|VIEW|MATERIALIZED VIEW) (\w+)", re.MULTILINE)
#: The name of a view that takes the place of one that is there.
REPLACED = re.compile(r"^CREATE OR REPLACE VIEW (\w+)", re.MULTILINE)


class Migration(NamedTuple):
    """One file of sinks/ddl/migrations."""

    number: int
    name: str
    statements: list[str]


def tables(settings: Settings) -> list[str]:
    """Statements for tables and views, with every migration, right to run again at any time."""
    changes = [statement for migration in migrations(settings) for statement in migration.statements]
    return [*new_tables(settings), *changes, *views(settings)]


def new_tables(settings: Settings) -> list[str]:
    """Statements for tables as they are where there are none yet."""
    return spread(_statements(_file("010_tables.sql"), _names(settings)), settings.clickhouse_cluster)


def migrations(settings: Settings) -> list[Migration]:
    """What brings older tables to those of today, in order; each is right to run again, on new tables too.

    Raises:
        ValueError: a file's number is not the next one, or a statement has a form that is not right to run again.
    """
    files = sorted(_file("migrations").iterdir(), key=lambda file: file.name)
    return [_migration(number, file, settings) for number, file in enumerate(files, start=1)]


def _migration(number: int, file: Traversable, settings: Settings) -> Migration:
    if not re.fullmatch(rf"{number:03}_[a-z0-9_]+\.sql", file.name):
        raise ValueError(f"sinks/ddl/migrations/{file.name}: the next one begins with {number:03}_")
    made = _statements(file, {})
    for statement in made:
        if not REPEATABLE.search(statement) or ONCE.search(statement):
            raise ValueError(f"sinks/ddl/migrations/{file.name} would not be right to run again: {statement}")
    return Migration(number, file.name, spread(made, settings.clickhouse_cluster))


def views(settings: Settings) -> list[str]:
    """Statements for views of the tables; each replaces what was there."""
    made = _statements(_file("020_views.sql"), _names(settings))
    if settings.clickhouse_cluster:
        made += _statements(_file("cluster") / "views.sql", {})
    return spread(made, settings.clickhouse_cluster)


def view_objects() -> list[str]:
    """Names of what views() makes; a cluster's are more."""
    return REPLACED.findall(_file("020_views.sql").read_text(encoding="utf-8"))


def ingestion(settings: Settings) -> list[str]:
    """Statements for the way from Kafka into the tables; each object is made anew.

    Raises:
        SettingError: the embedded engine is to log into Kafka as it cannot.
    """
    made = _statements(_file("025_repeats.sql"), {"window": str(WINDOW if is_by_client(settings) else 0)})
    made += _statements(_file("026_reasons.sql"), {})
    if not is_by_client(settings):
        _refuse_mechanism(settings)
        made += _statements(_file("030_kafka.sql"), _names(settings))
    every = _file("streams") / "_every.sql"
    for topic in STORED:
        words = {**_names(settings), **_stream_words(settings, topic)}
        made += _statements(_file("streams") / f"{topic.stream}.sql", words)
        made += _statements(every, words)
    return spread(made, settings.clickhouse_cluster)


def _refuse_mechanism(settings: Settings) -> None:
    """A server is built with all of them; the engine would say nothing and read nothing."""
    if settings.clickhouse_url:
        return
    options = settings.kafka_security
    given = {name: options[name] for name in ("sasl.mechanism", "sasl.mechanisms") if name in options}
    for name, mechanism in given.items():
        if mechanism != EMBEDDED_MECHANISM:
            raise SettingError(
                f"C360_KAFKA_OPTIONS: the Kafka tables of the embedded ClickHouse know {name} {EMBEDDED_MECHANISM}, "
                f"not {mechanism}. Set C360_CLICKHOUSE_INGEST=client."
            )
    protocol = options.get("security.protocol", "")
    if protocol.lower().startswith("sasl") and not given:
        # librdkafka would take GSSAPI.
        raise SettingError(
            f"C360_KAFKA_OPTIONS has security.protocol {protocol} and no sasl.mechanism: the Kafka tables of the "
            f"embedded ClickHouse know {EMBEDDED_MECHANISM}. Set sasl.mechanism, or C360_CLICKHOUSE_INGEST=client."
        )


def is_by_client(settings: Settings) -> bool:
    """Whether a process of ours inserts, instead of the Kafka engine."""
    return settings.clickhouse_ingest == "client"


def ingestion_objects(settings: Settings) -> list[str]:
    """Names of what ingestion() makes, in an order in which they can be dropped: first what lets events in.

    That is the view on a queue that reads Kafka; and of one that a client inserts into, the queue itself.
    """
    streams = [topic.stream.replace("-", "_") for topic in STORED]
    views = [f"{kind}_{stream}" for kind in ("take", "log", "refuse", "note", "keep") for stream in streams]
    queues = [f"queue_{stream}" for stream in streams]
    return [
        *(queues if is_by_client(settings) else []),
        *views,
        "keep_erased_customers",
        "keep_purchased_by_product",
        "keep_product_buyers",
        "keep_customer_bounds",
        "keep_interacted_by_product",
        "keep_dead_letter_reasons",
        "keep_published_letters",
        *(f"stream_{stream}" for stream in streams),
        *([] if is_by_client(settings) else queues),
    ]


def rollups() -> list[str]:
    """Statements for what the reports read; each object is made anew."""
    folder = _file("rollups")
    words = {name: (folder / f"{name}.sql").read_text(encoding="utf-8").strip() for name in ("mark", "one_block")}
    files = sorted((file for file in folder.iterdir() if file.name[0].isdigit()), key=lambda file: file.name)
    return [statement for file in files for statement in _statements(file, words)]


def rollup_objects() -> list[str]:
    """Names of what rollups() makes, in an order in which they can be dropped: first what fills the others."""
    made = [match for statement in rollups() if (match := MADE.search(statement))]
    views = [match[2] for match in made if match[1] == "MATERIALIZED VIEW"]
    return views + [match[2] for match in reversed(made) if match[1] != "MATERIALIZED VIEW"]


def collection(settings: Settings) -> str:
    """The named collection that holds how the engine reaches Kafka."""
    return f"{settings.clickhouse_database}_kafka"


def _names(settings: Settings) -> dict[str, str]:
    options = {
        **CONSUMER,
        **settings.kafka_security,
    }
    return {
        "kafka_collection": collection(settings),
        "kafka_bootstrap": literal(settings.bootstrap),
        "kafka_options": "".join(
            f",\n    `kafka.{name.replace('.', '_')}` = '{literal(value)}'" for name, value in sorted(options.items())
        ),
    }


def _stream_words(settings: Settings, topic: Topic) -> dict[str, str]:
    columns = Template(_file("record_columns.sql").read_text(encoding="utf-8"))
    return {
        "stream": table_stem(topic),
        "record_columns": columns.substitute(check=_check(topic)).strip(),
        **(_by_client() if is_by_client(settings) else _by_engine(settings, topic)),
    }


def table_stem(topic: Topic) -> str:
    """The stream's name as it stands in those of its tables."""
    return _stem(topic.stream)


def queue(stream: str) -> str:
    """The table that reads a stream from Kafka."""
    return f"queue_{_stem(stream)}"


def take(stream: str) -> str:
    """The view on a stream's queue, without which nothing is read."""
    return f"take_{_stem(stream)}"


def door(settings: Settings, topic: Topic) -> tuple[str, str]:
    """The statements that make a stream's queue and the view on it, in this order."""
    made = {name: statement for statement in ingestion(settings) if (name := made_by(statement))}
    return made[queue(topic.stream)], made[take(topic.stream)]


def made_by(statement: str) -> str:
    """The name of what a statement makes; empty for one that makes nothing."""
    found = MADE.search(statement)
    return found[2] if found else ""


def _stem(stream: str) -> str:
    return stream.replace("-", "_")


def _by_client() -> dict[str, str]:
    received = _file("received.sql").read_text(encoding="utf-8").rstrip()
    return {"received": f",\n{received}", "engine": "ENGINE = Null"}


def _by_engine(settings: Settings, topic: Topic) -> dict[str, str]:
    engine = Template(_file("kafka_engine.sql").read_text(encoding="utf-8"))
    words = engine.substitute(
        kafka_collection=collection(settings),
        topic=literal(topic.name(settings)),
        group=literal(clickhouse_group(settings, topic)),
        registry=literal(settings.registry_url_with_login),
        missing_fields=int(topic in MAY_LACK_FIELDS),
    )
    return {"received": "", "engine": words.strip()}


def _check(topic: Topic) -> str:
    """An expression for why a readable record makes no sense, empty where it does; the processors refuse the same.

    The queues hold numbers as wide as Avro's: in narrower ones, what is out of range would pass for something else.
    """
    file = _file("checks") / f"{topic.stream}.sql"
    return file.read_text(encoding="utf-8").strip() if file.is_file() else "''"


def literal(text: str) -> str:
    """The text as it stands between a ClickHouse string's quotes."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def sql(name: str) -> str:
    """The statement in sinks/sql/{name}.sql."""
    return (resources.files("sinks") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _file(name: str) -> Traversable:
    return DDL / name


def _statements(file: Traversable, words: dict[str, str]) -> list[str]:
    text = Template(file.read_text(encoding="utf-8")).substitute(words)
    pieces = (piece.strip() for piece in f"{text}\n".split(";\n"))
    return [piece for piece in pieces if piece]
