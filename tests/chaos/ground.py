"""What the faults are done to: brokers behind links that can be cut, and a stack on them, kept by its supervisor."""

import contextlib
import dataclasses
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ops.progress import Progress
from ops.stack import supervisor
from ops.stack.home import Home
from ops.stack.parts import PARTS
from schemas.errors import C360Error
from schemas.settings import Settings
from tests.chaos.disks import Disk, disk
from tests.chaos.proxy import Link, Network, network
from tests.chaos.schedule import BROKER
from tests.support.brokers import Brokers, brokers
from tests.support.stack import own_settings, running
from tests.support.waiting import wait_for

#: The disk of all parts but the brokers, which have one each.
HOME = "home"
KEPT = ("registry", "clickhouse", "sinks", "stream_processors")


@dataclasses.dataclass(frozen=True)
class Ground:
    """A stack whose clients, ClickHouse among them, find the brokers through `links`."""

    settings: Settings
    environment: Mapping[str, str]
    cluster: Brokers
    net: Network
    links: Mapping[str, Link]
    disks: Mapping[str, Disk]

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of everything that can be killed, the brokers first."""
        return (*self.links, *KEPT)

    def pid(self, part: str) -> int:
        """Of a part that lives; waits until it does."""
        return wait_for(lambda: self._pids().get(part, 0), f"{part} lives", seconds=60)

    def kill_all(self) -> None:
        """By kill -9: brokers and parts; the supervisor starts the parts again."""
        for part, pid in self._pids().items():
            if part not in self.links:
                # One that has ended by itself since is dead as well.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for number in self.cluster.pids:
            self.cluster.kill(number)

    def silent(self) -> list[str]:
        """The parts that do not answer."""
        kept = [part for part in PARTS if part.name in KEPT and not part.probe(self.settings).answers()]
        return [*(part for part in self.links if not self.cluster.answers(number(part))), *(part.name for part in kept)]

    def _pids(self) -> dict[str, int]:
        kept = supervisor.kept(Home(self.settings.home)) or {}
        ours = {f"{BROKER}{each}": pid for each, pid in self.cluster.pids.items()}
        return {**ours, **{name: one.pid for name, one in kept.items() if one.pid}}


def number(broker: str) -> int:
    """Of a broker's part."""
    return int(broker.removeprefix(BROKER))


@contextlib.contextmanager
def ground(folder: Path, count: int, own_disks: bool) -> Iterator[Ground]:
    """Everything up, with so many brokers, on disks of their own if wanted; it ends with the block and this process."""
    with contextlib.ExitStack() as mounted, network() as net:
        folders = {HOME: folder / HOME} | {
            f"{BROKER}{place}": folder / "kafka" / f"node-{place}" for place in range(1, count + 1)
        }
        disks = {name: mounted.enter_context(disk(place)) for name, place in folders.items()} if own_disks else {}
        by_port: dict[int, Link] = {}

        def advertised(port: int) -> int:
            by_port[port] = net.link(port)
            return by_port[port].port

        with brokers(folder / "kafka", count, advertised=advertised) as cluster:
            links = {f"{BROKER}{place}": link for place, link in enumerate(by_port.values(), 1)}
            settings = own_settings(
                folder / HOME,
                kafka_bootstrap=",".join(f"127.0.0.1:{link.port}" for link in links.values()),
                topic_replication=cluster.copies,
                snapshot_seconds=2.0,
            )
            with running(settings, KEPT) as environment:
                yield Ground(settings, environment, cluster, net, links, disks)


class Look:
    """How far the stack is behind, and what it is that does not answer."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._progress: Progress | None = None
        self._admin = AdminClient({**ground.settings.kafka_client, "log_level": 0})

    def trouble(self, most: int) -> str:
        """Why it is not well, in words: a part is silent, or more than so many records are behind. Nothing if it is."""
        if silent := self._ground.silent():
            return f"{', '.join(silent)} do not answer"
        try:
            self._progress = self._progress or Progress(self._ground.settings)
            out = self._out_of_sync()
            stored = self._progress.to_store()
            counted, published = self._progress.to_count(), self._progress.to_publish()
        except (C360Error, KafkaException, OSError, ClickHouseError) as error:
            # It is asked anew, by another connection.
            self._progress = None
            return f"{type(error).__name__}: {error}"
        if out:
            return f"{out} partitions lack a copy"
        if counted is None or published is None:
            return "the stream processors do not say what is left"
        behind = f"{stored:,} to store, {counted:,} to count, {published:,} to publish"
        return behind if max(stored, counted, published) > most else ""

    def _out_of_sync(self) -> int:
        """Partitions of which a broker does not have all."""
        topics = self._admin.list_topics(timeout=10).topics
        every = [one for topic in topics.values() for one in topic.partitions.values()]
        return sum(len(one.isrs) < len(one.replicas) for one in every)
