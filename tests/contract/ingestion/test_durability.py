"""What Kafka and the registry keep of what they acknowledge, by the settings in force, as docs/reliability.md says."""

import json
import os
import signal

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # missing from its stubs
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from ops.stack.status import part_statuses
from schemas.alignment import states
from schemas.errors import UnreachableError
from schemas.provision import create_topics
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import TRANSACTIONS
from tests.support.waiting import wait_for

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


def test_a_schema_that_was_just_registered_is_there_after_kill_9_of_the_registry(stack: Settings) -> None:
    """Without WRITE_DELAY=0 it was lost, and its number given to another schema."""
    killed = part_statuses(stack)["registry"].pid
    assert killed is not None
    with Registry(stack) as registry:
        given = registry.register_text("durable-before", _schema("before"))
        os.kill(killed, signal.SIGKILL)
    wait_for(lambda: part_statuses(stack)["registry"].pid not in {None, killed}, "it is started again", 60)
    with Registry(stack) as registry:
        another = wait_for(lambda: _registered(registry, "durable-after", _schema("after")), "it is back", 60)
        assert another != given
        assert registry.parsed(given)["name"] == "before"


def _schema(name: str) -> str:
    return json.dumps({"type": "record", "name": name, "fields": []})


def _registered(registry: Registry, subject: str, schema: str) -> int | None:
    try:
        return registry.register_text(subject, schema)
    except UnreachableError:
        return None
