"""Lays the contract down: topics in Kafka, schemas in the registry. Idempotent; run by whoever starts first."""

from collections.abc import Iterable
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas.errors import ContractError, kafka_refuses, no_kafka
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import TOPICS, Topic

TIMEOUT_SECONDS = 15.0
#: Of a broker that is there: a wrong password or mechanism, a certificate that is not trusted.
_REFUSALS = {"_AUTHENTICATION", "_SSL"}


def provision(settings: Settings, topics: Iterable[Topic] = TOPICS) -> dict[str, int]:
    """Creates the topics and registers the schemas that are missing; answers each stream's schema id.

    Raises:
        UnreachableError: the broker or the registry does not answer.
        ContractError: a topic has too few partitions, or a schema breaks compatibility.
    """
    topics = list(topics)
    create_topics(settings, topics)
    with Registry(settings) as registry:
        registry.enforce_compatibility()
        return {topic.stream: registry.register(topic) for topic in topics}


def create_topics(settings: Settings, topics: Iterable[Topic]) -> None:
    """Creates the topics that are missing and checks those that are there.

    Raises:
        UnreachableError: no broker answers.
        ContractError: a topic has fewer partitions than asked for.
    """
    # librdkafka reports an unreachable broker on stderr by itself; the one clear line is ours.
    heard: list[KafkaError] = []
    told: dict[str, Any] = {"log_level": 0, "error_cb": heard.append}
    admin = AdminClient({**settings.kafka_client, **told})
    try:
        there = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
    except KafkaException as error:
        # The call itself says that nobody answered in time, whatever the reason.
        admin.poll(0)
        if refusal := next((one for one in heard if one.name() in _REFUSALS), None):
            raise kafka_refuses(settings.bootstrap, refusal.str()) from None
        raise no_kafka(settings.bootstrap, error.args[0].str()) from None
    missing = []
    for topic in topics:
        name = topic.name(settings)
        if name not in there:
            missing.append(
                NewTopic(
                    name,
                    num_partitions=topic.count(settings),
                    replication_factor=settings.topic_replication,
                    config=topic.config(settings),
                )
            )
        elif len(there[name].partitions) < topic.count(settings):
            raise ContractError(
                f"The topic {name} has {len(there[name].partitions)} partitions, C360_TOPIC_PARTITIONS asks for "
                f"{topic.count(settings)}. Partitions of a keyed topic are never added in place, as keys would move: "
                "lower the setting, or fill a new C360_TOPIC_PREFIX."
            )
    if missing:
        _create(admin, missing)


def _create(admin: AdminClient, missing: list[NewTopic]) -> None:
    for name, future in admin.create_topics(missing, request_timeout=TIMEOUT_SECONDS).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise ContractError(f"Kafka refuses the topic {name}: {error.args[0].str()}") from None
