"""What the faults are done to: brokers behind links that can be cut, and a stack on them, kept by its supervisor."""

import contextlib
import dataclasses
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

from ops.stack import supervisor
from ops.stack.home import Home
from ops.stack.parts import PARTS
from schemas.settings import Settings
from tests.chaos.disks import Disk, disk
from tests.chaos.proxy import Link, Network, network
from tests.chaos.schedule import BROKER
from tests.support.brokers import Brokers, brokers
from tests.support.stack import own_settings, running
from tests.support.waiting import wait_for

#: The disk of all parts but the brokers, which have one each.
HOME = "home"
#: What is there besides the brokers, whose supervisor starts it again; the client's way in where it is one.
KEPT = ("registry", "clickhouse", "sinks", "ingest", "stream_processors", "bolt", "api", "console")


def kept(ingest: str) -> tuple[str, ...]:
    """Names of the parts for one of the ways in, as C360_CLICKHOUSE_INGEST names them."""
    return tuple(part for part in KEPT if part != "ingest" or ingest == "client")


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
        return (*self.links, *kept(self.settings.clickhouse_ingest))

    def pid(self, part: str) -> int:
        """Of a part that lives; waits until it does."""
        return wait_for(lambda: self.living(part), f"{part} lives", seconds=60)

    def answers(self, part: str) -> bool:
        """Whether a part does, asked by itself."""
        if part in self.links:
            return self.cluster.answers(number(part))
        return next(one for one in PARTS if one.name == part).probe(self.settings).answers()

    def living(self, part: str) -> int:
        """The pid of a part, 0 while it has none."""
        return self._pids().get(part, 0)

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
        return [part for part in self.parts if not self.answers(part)]

    def _pids(self) -> dict[str, int]:
        parts = supervisor.kept(Home(self.settings.home)) or {}
        ours = {f"{BROKER}{each}": pid for each, pid in self.cluster.pids.items()}
        return {**ours, **{name: one.pid for name, one in parts.items() if one.pid}}


def number(broker: str) -> int:
    """Of a broker's part."""
    return int(broker.removeprefix(BROKER))


@contextlib.contextmanager
def ground(folder: Path, count: int, own_disks: bool, ingest: str) -> Iterator[Ground]:
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
                clickhouse_ingest=ingest,
                snapshot_seconds=2.0,
            )
            with running(settings, kept(ingest)) as environment:
                yield Ground(settings, environment, cluster, net, links, disks)
