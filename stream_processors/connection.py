"""How a worker reaches Kafka: credentials in Faust's words, and whether the inputs can be read together."""

import ssl
from collections.abc import Mapping
from typing import Any

import faust
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient

from schemas.errors import ContractError, SettingError
from schemas.settings import Settings
from schemas.topics import Topic
from stream_processors.intake import INPUTS


def input_topics(chosen: Settings) -> dict[str, str]:
    """The ids of the input topics by name.

    Raises:
        ContractError: they differ in their number of partitions, so that a customer would be in several.
    """
    admin = AdminClient({**chosen.kafka_client, "log_level": 0})
    names = [topic.name(chosen) for topic in INPUTS]
    described = {name: future.result(15) for name, future in admin.describe_topics(TopicCollection(names)).items()}
    counts = {name: len(topic.partitions) for name, topic in described.items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in sorted(counts.items()))
        raise ContractError(
            f"The input topics must have the same number of partitions: {listed}. "
            "Fill new ones with another C360_TOPIC_PREFIX."
        )
    return {name: str(topic.topic_id) for name, topic in described.items()}


def partitions(chosen: Settings, topic: Topic) -> int:
    """How many partitions a topic has that is there."""
    admin = AdminClient({**chosen.kafka_client, "log_level": 0})
    name = topic.name(chosen)
    return len(admin.describe_topics(TopicCollection([name]))[name].result(15).partitions)


def credentials(options: Mapping[str, str]) -> Any:
    """Faust's credentials for librdkafka's security settings; None for a plain connection.

    Raises:
        SettingError: a setting of C360_KAFKA_OPTIONS that this worker cannot follow.
    """
    protocol = options.get("security.protocol", "plaintext").lower()
    known = {"security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password"}
    known |= {"ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password"}
    foreign = sorted(name for name in options if name.startswith(("sasl.", "ssl.")) and name not in known)
    if foreign or protocol not in {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}:
        what = ", ".join(foreign) or f"security.protocol {protocol}"
        raise SettingError(
            f"C360_KAFKA_OPTIONS: the stream processors cannot follow {what}. They know {sorted(known)}."
        )
    context = None
    if protocol.endswith("ssl"):
        context = ssl.create_default_context(cafile=options.get("ssl.ca.location"))
        if certificate := options.get("ssl.certificate.location"):
            context.load_cert_chain(certificate, options.get("ssl.key.location"), options.get("ssl.key.password"))
    if protocol.startswith("sasl"):
        return faust.SASLCredentials(
            username=options.get("sasl.username"),
            password=options.get("sasl.password"),
            mechanism=options.get("sasl.mechanism") or options.get("sasl.mechanisms") or "PLAIN",
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)
