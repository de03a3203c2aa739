"""Which partition Kafka's own partitioner gives a key, so that each partition is written by one worker, in order."""

import numpy as np
import numpy.typing as npt
from confluent_kafka.admin import AdminClient

from schemas.settings import Settings
from schemas.topics import Topic

Words = npt.NDArray[np.uint32]

SEED, MULTIPLIER, SHIFT = np.uint32(0x9747B28C), np.uint32(0x5BD1E995), np.uint32(24)
TIMEOUT_SECONDS = 15.0


def count(settings: Settings, topic: Topic) -> int:
    """How many partitions a topic has."""
    name = topic.name(settings)
    admin = AdminClient({**settings.kafka_client, "log_level": 0})
    return len(admin.list_topics(name, timeout=TIMEOUT_SECONDS).topics[name].partitions)


def share(keys: npt.NDArray[np.bytes_], partitions: int, worker: int, workers: int) -> npt.NDArray[np.bool_]:
    """Which keys are a worker's: those of every `workers`-th partition."""
    own: npt.NDArray[np.bool_] = partition(keys, partitions) % workers == worker
    return own


def partition(keys: npt.NDArray[np.bytes_], partitions: int) -> npt.NDArray[np.int64]:
    """The partition of each key: murmur2 without its sign, as in org.apache.kafka.common.utils.Utils."""
    lengths = np.strings.str_len(keys)
    hashes = np.zeros(len(keys), np.uint32)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        hashes[rows] = _murmur2(keys[rows].astype(f"S{length}").view(np.uint8).reshape(-1, length))
    places: npt.NDArray[np.int64] = (hashes & np.uint32(0x7FFF_FFFF)).astype(np.int64) % partitions
    return places


def _murmur2(keys: npt.NDArray[np.uint8]) -> Words:
    """Of keys of one length, a row each."""
    length = keys.shape[1]
    hashes = np.full(len(keys), SEED ^ np.uint32(length))
    for at in range(0, length - 3, 4):
        word = np.ascontiguousarray(keys[:, at : at + 4]).view("<u4")[:, 0] * MULTIPLIER
        hashes = (hashes * MULTIPLIER) ^ ((word ^ (word >> SHIFT)) * MULTIPLIER)
    rest = keys[:, length & ~3 :]
    for at in range(rest.shape[1]):
        hashes ^= rest[:, at].astype(np.uint32) << np.uint32(8 * at)
    if rest.shape[1]:
        hashes *= MULTIPLIER
    hashes ^= hashes >> np.uint32(13)
    hashes *= MULTIPLIER
    return hashes ^ (hashes >> np.uint32(15))
