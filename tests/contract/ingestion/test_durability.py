"""What Kafka and the registry keep of what they acknowledge, by the settings in force, as docs/reliability.md says."""

from importlib import resources

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # missing from its stubs
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from schemas.alignment import states
from schemas.provision import create_topics
from schemas.settings import Settings
from schemas.topics import TRANSACTIONS

UNLIMITED = str(2**63 - 1)


def _config(admin: AdminClient, resource: ConfigResource) -> dict[str, str]:
    (future,) = admin.describe_configs([resource]).values()
    return {name: entry.value for name, entry in future.result().items()}


def test_kafka_syncs_nothing_by_itself_and_a_topic_that_is_told_to_is_left_so(stack: Settings) -> None:
    here = stack.model_copy(update={"topic_prefix": "durable."})
    create_topics(here, [TRANSACTIONS])
    admin = AdminClient({**here.kafka_client, "log_level": 0})
    assert _config(admin, ConfigResource(ConfigResource.Type.BROKER, "1"))["log.flush.interval.messages"] == UNLIMITED
    name = TRANSACTIONS.name(here)
    topic = ConfigResource(ConfigResource.Type.TOPIC, name)
    assert _config(admin, topic)["flush.messages"] == UNLIMITED
    told = ConfigEntry("flush.messages", "1", incremental_operation=AlterConfigOpType.SET)
    changed = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[told])
    for future in admin.incremental_alter_configs([changed]).values():
        future.result()
    assert _config(admin, topic)["flush.messages"] == "1"
    (state,) = states(here, [TRANSACTIONS])
    assert state.faults == []


def test_the_registry_hands_every_schema_to_the_kernel_at_once() -> None:
    told = (resources.files("ops.stack") / "templates" / "registry.args").read_text(encoding="utf-8")
    assert "jdbc:h2:file:${data};WRITE_DELAY=0" in told
