"""The DDL as it is rendered for an installation."""

import json
import re
from importlib import resources

import pytest

from schemas.errors import SettingError
from schemas.groups import STORED
from schemas.records import schema
from schemas.settings import Settings
from schemas.topics import EXTERNAL_IDS
from sinks import statements

CLIENT = Settings(clickhouse_ingest="client")


def made_by(text: list[str]) -> list[str]:
    pattern = re.compile(r"CREATE (?:TABLE|MATERIALIZED VIEW) (?:IF NOT EXISTS )?(\w+)")
    return [found.group(1) for statement in text if (found := pattern.search(statement))]


def test_what_is_made_is_what_is_dropped_before_it_is_made_anew() -> None:
    assert sorted(made_by(statements.ingestion(Settings()))) == sorted(statements.ingestion_objects(Settings()))


def test_what_lets_events_in_is_dropped_first() -> None:
    by_engine, by_client = statements.ingestion_objects(Settings()), statements.ingestion_objects(CLIENT)
    assert sorted(by_client) == sorted(by_engine)
    assert {name.partition("_")[0] for name in by_engine[: len(STORED)]} == {"take"}
    assert {name.partition("_")[0] for name in by_client[: len(STORED)]} == {"queue"}


def test_a_build_of_a_rollup_asks_once_whose_turn_it_is() -> None:
    """The turns may be others a moment later: pairs noted a month as built of which they had read nothing."""
    builds = [text for text in statements.rollups() if "DEPENDS ON refresh_rollup_turns" in text]
    assert len(builds) == 12
    asked = {made_by([text])[0]: text.count("FROM rollup_turns") for text in builds}
    assert asked == dict.fromkeys(asked, 1)


def test_the_queue_is_read_only_once_everything_behind_it_stands() -> None:
    for stream in (topic.stream.replace("-", "_") for topic in STORED):
        of_stream = [name for name in made_by(statements.ingestion(Settings())) if name.endswith(f"_{stream}")]
        assert of_stream[-1] == f"take_{stream}"
        assert sum(name.startswith("take_") for name in of_stream) == 1


def test_every_field_of_a_record_has_a_column_in_its_queue() -> None:
    for topic in STORED:
        queue = f"CREATE TABLE queue_{topic.stream.replace('-', '_')}"
        [statement] = [one for one in statements.ingestion(Settings()) if f"{queue}\n" in one]
        columns = re.findall(r"^    (\w+) ", statement.split("ENGINE")[0], re.MULTILINE)
        assert columns == [field["name"] for field in schema(topic.record)["fields"]]


def test_no_queue_makes_a_dictionary_for_every_record() -> None:
    queues = [one for one in statements.ingestion(Settings()) if one.startswith("CREATE TABLE queue_")]
    assert len(queues) == len(STORED)
    assert not any("LowCardinality" in one for one in queues)


def test_addresses_prefix_and_database_reach_the_statements() -> None:
    settings = Settings(
        kafka_bootstrap="broker:9999",
        schema_registry_url="http://registry:1/",
        topic_prefix="x.",
        clickhouse_database="other",
        kafka_options={"sasl.password": "it's; a \\ secret"},
    )
    text = ";\n".join(statements.ingestion(settings))
    assert "kafka_broker_list = 'broker:9999'" in text
    assert "kafka_topic_list = 'x.transactions'" in text
    assert "kafka_group_name = 'x.clickhouse-other-transactions'" in text
    assert "format_avro_schema_registry_url = 'http://registry:1'" in text
    assert "`kafka.sasl_password` = 'it\\'s; a \\\\ secret'" in text
    assert "CREATE NAMED COLLECTION other_kafka" in text


def test_a_broker_that_comes_back_is_asked_again_within_a_second() -> None:
    """By default after up to ten, during which what has come must wait."""
    [collection] = [one for one in statements.ingestion(Settings()) if "CREATE NAMED COLLECTION" in one]
    assert "`kafka.reconnect_backoff_max_ms` = '1000'" in collection
    chosen = Settings(kafka_options={"reconnect.backoff.max.ms": "7000"})
    [collection] = [one for one in statements.ingestion(chosen) if "CREATE NAMED COLLECTION" in one]
    assert "`kafka.reconnect_backoff_max_ms` = '7000'" in collection


@pytest.mark.parametrize("name", ["sasl.mechanism", "sasl.mechanisms"])
def test_a_mechanism_that_the_embedded_engine_is_built_without(name: str) -> None:
    """It read nothing and said nothing."""
    scram = {name: "SCRAM-SHA-512"}
    with pytest.raises(SettingError, match=f"know {name} PLAIN, not SCRAM-SHA-512. Set C360_CLICKHOUSE_INGEST=client"):
        statements.ingestion(Settings(kafka_options=scram))
    assert statements.ingestion(Settings(kafka_options=scram, clickhouse_ingest="client"))
    assert statements.ingestion(Settings(kafka_options=scram, clickhouse_url="https://server:8443"))
    assert statements.ingestion(Settings(kafka_options={name: "PLAIN"}))


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT", "sasl_ssl"])
def test_a_login_without_a_mechanism_is_one_that_the_embedded_engine_does_not_know(protocol: str) -> None:
    """librdkafka takes GSSAPI then, which the engine is built without: it read nothing and said nothing."""
    login = {"security.protocol": protocol, "sasl.username": "u", "sasl.password": "p"}
    with pytest.raises(
        SettingError, match=f"C360_KAFKA_OPTIONS has security.protocol {protocol} and no sasl.mechanism"
    ):
        statements.ingestion(Settings(kafka_options=login))
    assert statements.ingestion(Settings(kafka_options=login, clickhouse_ingest="client"))
    assert statements.ingestion(Settings(kafka_options=login, clickhouse_url="https://server:8443"))
    assert statements.ingestion(Settings(kafka_options={**login, "sasl.mechanism": "PLAIN"}))
    assert statements.ingestion(Settings(kafka_options={"security.protocol": "SSL"}))


def test_the_client_needs_no_kafka_and_feeds_the_same_views() -> None:
    by_engine, by_client = statements.ingestion(Settings()), statements.ingestion(CLIENT)
    assert made_by(by_client) == made_by(by_engine)
    text = ";\n".join(by_client)
    assert "Kafka(" not in text
    assert "NAMED COLLECTION" not in text
    views = [[one for one in made if "CREATE MATERIALIZED VIEW" in one] for made in (by_engine, by_client)]
    assert views[0] == views[1]


def test_the_client_sends_what_the_engine_says_of_a_record() -> None:
    front = json.loads((resources.files("sinks.ingest") / "received.avsc").read_text(encoding="utf-8"))
    for topic in STORED:
        queue = f"CREATE TABLE queue_{statements.table_stem(topic)}"
        [statement] = [one for one in statements.ingestion(CLIENT) if f"{queue}\n" in one]
        columns = re.findall(r"^    (\w+) ", statement.split("ENGINE")[0], re.MULTILINE)
        fields = [field["name"] for field in schema(topic.record)["fields"]]
        assert columns == [*fields, *(field["name"] for field in front["fields"])]


def test_tables_know_blocks_again_only_where_these_have_names() -> None:
    windows = [
        {one.rpartition(" = ")[2] for one in statements.ingestion(settings) if "deduplication_window" in one}
        for settings in (Settings(), CLIENT)
    ]
    assert windows == [{"0"}, {"20000"}]


def test_no_placeholder_is_left() -> None:
    for statement in [
        *statements.tables(Settings()),
        *statements.ingestion(Settings()),
        *statements.ingestion(CLIENT),
    ]:
        assert "${" not in statement
        assert not statement.endswith(";")


@pytest.mark.parametrize("cluster", ["", "c360"])
def test_a_stream_is_let_in_by_its_queue_and_the_view_on_it(cluster: str) -> None:
    settings = Settings(clickhouse_cluster=cluster)
    queue, take = statements.door(settings, EXTERNAL_IDS)
    behind = " ON CLUSTER 'c360'" if cluster else ""
    assert queue.startswith(f"CREATE TABLE queue_external_ids{behind}\n")
    assert f"CREATE MATERIALIZED VIEW take_external_ids{behind} TO stream_external_ids" in take
    assert {queue, take} < set(statements.ingestion(settings))
