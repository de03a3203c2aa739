"""The topics as Kafka has them beside the contract: what is missing, what differs, and setting it right."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # missing from its stubs
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from schemas.errors import ContractError, no_kafka
from schemas.settings import Settings
from schemas.topics import TOPICS, Topic

TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True)
class TopicState:
    """One topic; `partitions` is 0 where it does not exist, `differs` holds (is, should be) by the setting's name."""

    name: str
    partitions: int
    wanted_partitions: int
    replication: int
    wanted_replication: int
    config: dict[str, str]
    differs: dict[str, tuple[str, str]]

    @property
    def exists(self) -> bool:
        """Whether Kafka has it."""
        return self.partitions > 0

    @property
    def faults(self) -> list[str]:
        """What is not as the contract has it, in words."""
        if not self.exists:
            return ["it does not exist"]
        found = [f"{name}={there}, not {wanted}" for name, (there, wanted) in self.differs.items()]
        if self.partitions != self.wanted_partitions:
            found.append(f"{self.partitions} partitions, not {self.wanted_partitions}")
        if self.replication < self.wanted_replication:
            found.append(f"{self.replication} copies, not {self.wanted_replication}")
        return found


def states(settings: Settings, topics: Iterable[Topic] = TOPICS) -> list[TopicState]:
    """Every topic of the contract as it is.

    Raises:
        UnreachableError: no broker answers.
    """
    admin = AdminClient({**settings.kafka_client, "log_level": 0})
    try:
        there = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
        configs = _configs(admin, [name for topic in topics if (name := topic.name(settings)) in there])
    except KafkaException as error:
        raise no_kafka(settings.bootstrap, error.args[0].str()) from None
    return [_state(settings, topic, there, configs.get(topic.name(settings), {})) for topic in topics]


def align(settings: Settings, wrong: Iterable[TopicState]) -> None:
    """Gives topics that exist the contract's settings; partitions and copies stay as they are.

    Raises:
        UnreachableError: no broker answers.
        ContractError: Kafka refuses one.
    """
    admin = AdminClient({**settings.kafka_client, "log_level": 0})
    todo = [_alteration(state) for state in wrong if state.exists and state.differs]
    if not todo:
        return
    for resource, future in admin.incremental_alter_configs(todo, request_timeout=TIMEOUT_SECONDS).items():
        try:
            future.result()
        except KafkaException as error:
            raise ContractError(
                f"Kafka refuses the settings of {resource.name}: {error.args[0].str()}. Whoever may alter topics must."
            ) from None


def _state(settings: Settings, topic: Topic, there: dict[str, Any], config: dict[str, str]) -> TopicState:
    name = topic.name(settings)
    partitions = there[name].partitions if name in there else {}
    wanted = topic.config(settings)
    return TopicState(
        name,
        len(partitions),
        topic.count(settings),
        min((len(one.replicas) for one in partitions.values()), default=0),
        settings.topic_replication,
        config,
        {key: (config.get(key, ""), value) for key, value in wanted.items() if config.get(key) != value},
    )


def _alteration(state: TopicState) -> ConfigResource:
    entries = [
        ConfigEntry(name, wanted, incremental_operation=AlterConfigOpType.SET)
        for name, (_, wanted) in state.differs.items()
    ]
    return ConfigResource(ConfigResource.Type.TOPIC, state.name, incremental_configs=entries)


def _configs(admin: AdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
    if not asked:
        return {}
    answered = admin.describe_configs(asked, request_timeout=TIMEOUT_SECONDS)
    return {
        resource.name: {name: entry.value for name, entry in future.result().items() if entry.value is not None}
        for resource, future in answered.items()
    }
