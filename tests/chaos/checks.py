"""What must be so in the end, whatever was done: each check is a number, and 0 is well."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from numpy.typing import NDArray

from schemas.groups import groups
from schemas.lag import committed, end_offsets
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.bench.audit import audit

Ids = Mapping[str, NDArray[np.uint64]]
#: Whether rows that differ get fewer is looked at for so long.
VERIFY_SECONDS = 120


def audited(settings: Settings, acknowledged: Ids) -> dict[str, int]:
    """Acknowledged events that are not in Kafka or not in the tables, and rows that are seen twice."""
    found = [audit(settings, topic, acknowledged[topic.stream]) for topic in (TRANSACTIONS, INTERACTIONS)]
    return {"lost": sum(one.lost for one in found), "duplicates": sum(one.duplicates_visible for one in found)}


def features(environment: Mapping[str, str]) -> dict[str, int]:
    """Customers whose features are not what their raw rows say, or cannot be judged."""
    command = [sys.executable, "-m", "ops.cli", "features", "--verify", "--wait", str(VERIFY_SECONDS), "--json"]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"the features were not verified: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if not found["customers"]:
        raise RuntimeError("no customer's features were verified")
    return {"feature_mismatches": found["mismatches"] + found["waiting"]}


def stuck(settings: Settings) -> list[tuple[str, str, int]]:
    """(group, topic, partition) of which there are records that the group has not committed."""
    names = {group: [topic.name(settings) for topic in topics] for group, topics in groups(settings).items()}
    ends = end_offsets(
        AdminClient({**settings.kafka_client}), sorted({name for some in names.values() for name in some})
    )
    found = []
    for group, topics in names.items():
        mine = {where: end for where, end in ends.items() if where[0] in topics and end}
        done = committed(settings, group, [TopicPartition(*where) for where in mine])
        found += [(group, *where) for where, end in mine.items() if done.get(where, 0) < end]
    return found
