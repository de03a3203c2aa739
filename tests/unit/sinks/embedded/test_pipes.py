"""What becomes of a pipe that nobody wants to read any more."""

import asyncio
from pathlib import Path

from sinks.embedded.pipes import CAPACITY, Pipe, forgotten


def test_who_writes_into_a_pipe_that_is_forgotten_does_not_notice() -> None:
    """A write that fails would count as one to a disk: before the process ends all of them are read to their end."""

    async def write() -> int:
        pipe = Pipe()
        pipe.forget()

        def engine() -> int:
            with Path(pipe.output_path).open("wb", buffering=0) as opened:
                pipe.close_writing()
                return sum(opened.write(bytes(CAPACITY)) for _ in range(8))

        done = asyncio.ensure_future(asyncio.to_thread(engine))
        await forgotten()
        assert done.done()
        return await done

    assert asyncio.run(write()) == 8 * CAPACITY
