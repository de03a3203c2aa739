"""A Faust worker around stream_processors.worker: what it is given, when, and what happens when partitions move."""

import asyncio
import gc
import logging
from collections.abc import Mapping
from typing import Any

from faust.types.tuples import TP

from schemas.errors import HeldError, UnreachableError
from schemas.groups import stream_processors_group
from schemas.private import private
from schemas.provision import provision
from schemas.registry import Registry
from schemas.settings import Settings, settings
from schemas.topics import PRODUCTS
from stream_processors import metrics
from stream_processors.assignment import STANDBYS, EvenAssignor
from stream_processors.batching import Batch, BatchApp, BatchSchema
from stream_processors.catalogue import Catalogue
from stream_processors.connection import credentials, input_topics, partitions
from stream_processors.intake import INPUTS
from stream_processors.worker import Worker

log = logging.getLogger(__name__)

#: After a kill -9 the group waits for so long until the partitions are handed on.
SESSION_SECONDS = 6.0
PULSE_SECONDS = 0.25
GAUGE_SECONDS = 2.0
REGISTRY_RETRY_SECONDS = 1.0
HAND_OVER_SECONDS = 3.0


class StreamProcessor(BatchApp):
    """A worker of the group; its state, not the committed offsets, decides where it goes on."""

    worker: Worker | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._assigning: asyncio.Lock | None = None
        self.failed = False

    async def on_first_start(self) -> None:
        """Lays the contract down before the first subscription."""
        await asyncio.get_running_loop().run_in_executor(None, self.prepare)
        await super().on_first_start()

    def prepare(self) -> None:
        """Topics, schemas, metrics and the worker; done once.

        Raises:
            UnreachableError: Kafka or the registry does not answer.
            ContractError: the inputs cannot be read together, or a snapshot is of a newer version.
        """
        if self.worker is not None:
            return
        chosen = settings()
        schema_ids = provision(chosen)
        topic_ids = input_topics(chosen)
        port = metrics.serve(chosen.metrics_host, chosen.stream_processors_metrics_port)
        log.info("Metrics are served on %s:%d", chosen.metrics_host, port)
        private(self.conf.datadir)
        catalogue = Catalogue(chosen, schema_ids, Registry(chosen).parsed, partitions(chosen, PRODUCTS))
        self.worker = Worker(chosen, schema_ids, topic_ids, metrics.Collectors(), catalogue)
        # What is there by now stays for good: full collections need not look at it.
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)

    @property
    def running(self) -> Worker:
        """The worker, which is there from the first start."""
        if self.worker is None:
            raise RuntimeError("the app has not been started")
        return self.worker

    async def positions(self, assignment: set[TP]) -> Mapping[TP, int]:
        """Loads the state of what is newly assigned; answers the offsets that it is true for."""
        if self._assigning is None:
            self._assigning = asyncio.Lock()
        async with self._assigning:
            inputs = {tp for tp in assignment if tp.topic in self.running.topics}
            begins = await self.consumer.earliest_offsets(*inputs) if inputs else {}
            ends = await self.consumer.highwaters(*inputs) if inputs else {}
            self.running.assign({tp.partition for tp in inputs}, _by_name(begins), _by_name(ends))
            held = self.running.positions()
            return {tp: held[tp.topic, tp.partition] for tp in inputs}


def _by_name(offsets: Mapping[TP, int]) -> dict[tuple[str, int], int]:
    return {(tp.topic, tp.partition): offset for tp, offset in offsets.items()}


def make_app(chosen: Settings) -> StreamProcessor:
    """The app of one installation, with its agent and its timers."""
    made = StreamProcessor(
        stream_processors_group(chosen),
        broker=[f"kafka://{address.strip()}" for address in chosen.bootstrap.split(",")],
        broker_credentials=credentials(chosen.kafka_security),
        PartitionAssignor=EvenAssignor,
        table_standby_replicas=STANDBYS,
        store="memory://",
        datadir=str(chosen.home / "stream_processors" / "faust"),
        web_enabled=False,
        web_bind="127.0.0.1",
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=2 << 20,
        broker_max_poll_records=20_000,
        broker_commit_interval=1.0,
        broker_commit_every=1_000_000,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=SESSION_SECONDS / 6,
        stream_buffer_maxsize=4,
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
    )
    made.batch_topics = frozenset(topic.name(chosen) for topic in INPUTS)

    _feed(made)
    _mind(made)
    return made


def _feed(made: StreamProcessor) -> None:
    """The agent and the timers."""

    async def count(batches: Any) -> None:
        async for batch in batches:
            await work_through(made, batch)

    async def pulse() -> None:
        try:
            for tp in made.consumer.assignment():
                if tp.topic in made.batch_topics:
                    fetched = made.fetched(tp)  # before it is asked what was fetched
                    made.running.at_end(tp.topic, tp.partition, made.consumer.highwater(tp), fetched)
            made.running.pulse()
        except Exception:
            # The worker ends; what it was about to publish must not be missing from a last snapshot.
            made.failed = True
            raise

    async def gauge() -> None:
        made.running.gauge()

    made.agent(made.topic(*sorted(made.batch_topics), schema=BatchSchema()))(count)
    made.timer(PULSE_SECONDS)(pulse)
    made.timer(GAUGE_SECONDS)(gauge)


def _mind(made: StreamProcessor) -> None:
    """What happens when partitions move on, and at the end."""

    async def hand_over(*_: Any, **__: Any) -> None:
        if made.worker is not None and not made.failed:
            made.worker.save_all(HAND_OVER_SECONDS)

    async def stop(*_: Any, **__: Any) -> None:
        if made.worker is not None and not made.failed:
            made.worker.close()

    made.on_partitions_revoked.connect(hand_over)
    made.on_before_shutdown.connect(stop)


async def work_through(made: StreamProcessor, batch: Batch) -> None:
    """Counts a batch; waits for the registry where it is needed, and for a mend where too many records are bad.

    Any other error ends the worker.
    """
    said: type[Exception] | None = None
    partition = made.running.partitions.get(batch.partition)
    while True:
        if made.running.partitions.get(batch.partition) is not partition:
            return  # while waiting, the partition moved: whoever holds it now reads on from what it has counted
        try:
            if batch.records:
                made.running.process(batch.topic, batch.partition, batch.records, batch.highwater)
            if not batch.records or batch.records[-1].offset < batch.last_offset:
                made.running.passed(batch.topic, batch.partition, batch.last_offset + 1, batch.highwater)
        except (UnreachableError, HeldError) as error:
            if type(error) is not said:
                _say_why(error)
            said = type(error)
            await asyncio.sleep(REGISTRY_RETRY_SECONDS)
        except Exception as error:
            made.failed = True
            await made.crash(error)
            raise
        else:
            batch.finished = True
            return


def _say_why(error: UnreachableError | HeldError) -> None:
    if isinstance(error, HeldError):
        log.error("%s", error)
    else:
        log.warning("%s Waiting for it.", error)
