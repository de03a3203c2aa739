"""Kafka's default partitioner: the hashes are those of its own test, UtilsTest.testMurmur2."""

import numpy as np
import pytest

from producers.encoding import key_table
from producers.partitions import _murmur2, partition, share


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_hashes_are_kafka_s(key: bytes, value: int) -> None:
    (found,) = _murmur2(np.frombuffer(key, np.uint8).reshape(1, -1)).view(np.int32).tolist()
    assert found == value


@pytest.mark.parametrize("workers", [2, 3, 6])
def test_a_partition_is_one_worker_s_and_every_key_is_somebody_s(workers: int) -> None:
    keys = key_table(12_000)
    shares = [share(keys, 4, worker, workers) for worker in range(workers)]
    assert (np.sum(shares, axis=0) == 1).all()
    places = partition(keys, 4)
    assert np.bincount(places).min() > 2_800
    for one in shares:
        assert all(one[places == number].all() or not one[places == number].any() for number in range(4))
