"""The embedded stack: Kafka, the registry, ClickHouse, the sinks, the stream processors and Bolt on this machine."""

from ops.stack.control import attached, start, stop
from ops.stack.environment import environment
from ops.stack.status import PartStatus, Status, status

__all__ = ["PartStatus", "Status", "attached", "environment", "start", "status", "stop"]
