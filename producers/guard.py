"""Refuses topics that would delete or refuse a history as it arrives, before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]  # missing from its stubs

from producers.partitions import count
from schemas.errors import UsageError, no_kafka
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS

TIMEOUT_SECONDS = 15.0
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
#: Bytes of a record in Kafka, at most: keys and values take 90 and are compressed.
RECORD_BYTES = 120
_BY_STREAM = {topic.stream: topic for topic in (TRANSACTIONS, INTERACTIONS, CUSTOMERS, PRODUCTS)}
_ALTER = "kafka-configs --bootstrap-server {bootstrap} --alter --topic {topic} --add-config {name}={value}"


@dataclass(frozen=True)
class Incoming:
    """What a topic is to receive: age of the oldest record (ms), and how many per partition in all."""

    age: int
    records: int


class Guard:
    """The topics as the brokers have them, their own defaults included; each is looked at once."""

    def __init__(self, settings: Settings, now: int) -> None:
        """`now` in ms."""
        self._settings, self._now = settings, now
        self._configs: dict[str, dict[str, str]] = {}
        self._partitions: dict[str, int] = {}

    def admit(self, stream: str, incoming: Incoming) -> None:
        """Lets records pass that their topic keeps.

        Raises:
            UsageError: some of them would not stay.
            UnreachableError: Kafka does not answer.
        """
        name = _BY_STREAM[stream].name(self._settings)
        config = self._configs.get(name) or _described(self._settings, name)
        self._configs[name] = config
        refusal = refused(config, incoming)
        if refusal:
            setting, value, why = refusal
            remedy = _ALTER.format(bootstrap=self._settings.bootstrap, topic=name, name=setting, value=value)
            raise UsageError(
                f"The topic {name} has {setting}={config[setting]}: {why}. Nothing of it was sent. Change it, for "
                f"instance with '{remedy}', or fill a new C360_TOPIC_PREFIX."
            )

    def admit_more(self, stream: str, oldest: int, records: int) -> None:
        """The same for a stream that is not known beforehand: time of its oldest record (ms), records so far."""
        if stream not in self._partitions:
            self._partitions[stream] = count(self._settings, _BY_STREAM[stream])
        self.admit(stream, Incoming(self._now - oldest, records // self._partitions[stream]))


def refused(config: Mapping[str, str], incoming: Incoming) -> tuple[str, str, str] | None:
    """The setting that stands in the way, a value that would do, and why; None where nothing does."""
    age = f"the oldest event is {incoming.age / DAY_MS:,.0f} days old"
    if config.get("message.timestamp.type", "CreateTime") != "CreateTime":
        return "message.timestamp.type", "CreateTime", "records would not carry the time of their event"
    if 0 <= _number(config, "message.timestamp.before.max.ms") < incoming.age:
        return "message.timestamp.before.max.ms", str((1 << 63) - 1), f"{age}, and Kafka would refuse it"
    if "delete" not in config.get("cleanup.policy", "delete"):
        return None
    if 0 <= _number(config, "retention.ms") < incoming.age + DAY_MS:
        return "retention.ms", "-1", f"{age}, and Kafka would delete it as it arrives"
    size = incoming.records * RECORD_BYTES
    if 0 <= _number(config, "retention.bytes") < size:
        return "retention.bytes", "-1", f"a partition receives up to {size / 1e6:,.0f} MB, and Kafka would delete some"
    return None


def _number(config: Mapping[str, str], name: str) -> int:
    return int(config.get(name) or -1)


def _described(settings: Settings, name: str) -> dict[str, str]:
    admin = AdminClient({**settings.kafka_client, "log_level": 0})
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    try:
        entries = admin.describe_configs([resource], request_timeout=TIMEOUT_SECONDS)[resource].result()
    except KafkaException as error:
        raise no_kafka(settings.bootstrap, error.args[0].str()) from None
    return {name: entry.value for name, entry in entries.items() if entry.value is not None}
