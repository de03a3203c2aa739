"""`python -m tests.contract.faust.agents CONFIG`: an app of two agents that get batches, as ours does, and misbehave.

CONFIG is JSON: `broker`, `group`, `folder`, `topics` (one for each agent), `slow` and `failing`: offsets of the first
topic at which its agent waits until the file `folder`/go is there, or raises. What was worked through is written to
`folder`/done, a line `topic partition offset` for each record.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from stream_processors.batching import Batch, BatchApp, BatchSchema


class Agents:
    """The two agents of an app."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._folder = Path(config["folder"])
        self.app = BatchApp(
            config["group"],
            broker=config["broker"],
            store="memory://",
            datadir=str(self._folder / "faust"),
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            consumer_auto_offset_reset="earliest",
            broker_commit_interval=0.1,
            broker_session_timeout=6.0,
            broker_heartbeat_interval=1.0,
            stream_wait_empty=False,
            worker_redirect_stdouts=False,
        )
        self.app.batch_topics = frozenset(config["topics"])
        self.app.batch_seconds = 0.0
        for name in config["topics"]:
            self.app.agent(self.app.topic(name, schema=BatchSchema()), name=f"contract.{name}")(self._agent())

    def _agent(self) -> Any:
        async def agent(batches: Any) -> None:
            async for batch in batches:
                try:
                    await self._work_through(batch)
                except Exception as error:
                    await self.app.crash(error)
                    raise
                batch.finished = True

        return agent

    async def _work_through(self, batch: Batch) -> None:
        offsets = {record.offset for record in batch.records}
        first = batch.topic == self._config["topics"][0]
        if first and offsets & set(self._config["slow"]):
            while not (self._folder / "go").exists():  # noqa: ASYNC110 - another process says go
                await asyncio.sleep(0.05)
        if first and offsets & set(self._config["failing"]):
            raise RuntimeError("the agent fails")
        lines = "".join(f"{batch.topic} {batch.partition} {record.offset}\n" for record in batch.records)
        with (self._folder / "done").open("a") as done:
            done.write(lines)
            done.flush()
            os.fsync(done.fileno())


def main(config: str) -> None:
    """Runs until it is stopped, or an agent fails."""
    logging.basicConfig(level=logging.ERROR)
    app = Agents(json.loads(config)).app
    app.conf.datadir.mkdir(parents=True, exist_ok=True)
    app.finalize()
    app.Worker(loglevel="ERROR", override_logging=False, quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1])
