"""Which worker of a group holds which partitions: as evenly as can be, and nothing moves that need not.

Faust's own assignor is sticky and keeps the topics of a customer together, but where two share four partitions a third
worker stays idle, because it reckons with standbys of tables. Without standbys its driver takes aiokafka's round robin
instead, which deals every topic out for itself.
"""

from collections.abc import Mapping, Set
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from faust.assignor import PartitionAssignor
from faust.assignor.client_assignment import ClientAssignment, ClientMetadata

#: Standbys that Faust is told of, so that its driver asks this assignor; there are no tables to stand by for.
STANDBYS = 1


class EvenAssignor(PartitionAssignor):
    """Faust's assignor, told by each member of what it is to hold in place of what it holds."""

    def assign(self, cluster: Any, member_metadata: Mapping[str, Any]) -> Any:
        """Assigns partitions to members; all of them read the same topics, with as many partitions each."""
        told = {member: ClientMetadata.loads(metadata.user_data) for member, metadata in member_metadata.items()}
        topics = sorted({topic for metadata in member_metadata.values() for topic in metadata.subscription})
        count = max(len(cluster.partitions_for_topic(topic) or ()) for topic in topics)
        held = {member: set().union(*metadata.assignment.actives.values()) for member, metadata in told.items()}
        for member, share in shares(held, count).items():
            told[member].assignment = ClientAssignment(actives=dict.fromkeys(topics, share), standbys={})
        return super().assign(
            cluster,
            {
                member: ConsumerProtocolMemberMetadata(metadata.version, metadata.subscription, told[member].dumps())
                for member, metadata in member_metadata.items()
            },
        )


def shares(held: Mapping[str, Set[int]], count: int) -> dict[str, list[int]]:
    """The partitions 0 to `count` - 1 for each member, from what each says it holds; shares differ by one at most.

    The larger shares are given to those who hold most. Of several who claim a partition, as one does that was away
    while it moved, the first by name keeps it.
    """
    free, kept = set(range(count)), {}
    for member in sorted(held):
        kept[member] = sorted(held[member] & free)
        free -= held[member]
    least, larger = divmod(count, len(held))
    most_first = sorted(kept, key=lambda member: -len(kept[member]))
    sizes = {member: least + (place < larger) for place, member in enumerate(most_first)}
    for member, size in sizes.items():
        free.update(kept[member][size:])
    spare = iter(sorted(free))
    return {
        member: sorted(kept[member][:size] + [next(spare) for _ in range(size - len(kept[member]))])
        for member, size in sizes.items()
    }
