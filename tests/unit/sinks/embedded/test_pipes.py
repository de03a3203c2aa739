"""What becomes of a pipe that nobody wants to read any more."""

import asyncio
from pathlib import Path

from sinks.embedded.pipes import CAPACITY, Pipe, forgotten


def test_who_writes_into_a_pipe_that_is_forgotten_does_not_notice() -> None:
    """A write that fails would count as one to a disk: before the process ends all of them are read to their end."""

    written: list[int] = []

    async def write() -> list[int]:
        pipe = Pipe()
        pipe.forget()

        def engine() -> None:
            with Path(pipe.output_path).open("wb", buffering=0) as opened:
                pipe.close_writing()
                written.extend(opened.write(bytes(CAPACITY)) for _ in range(8))

        done = asyncio.ensure_future(asyncio.to_thread(engine))
        await forgotten()
        # What the thread said before it closed its end: that it has ended, this loop may hear a turn later.
        before_the_end = list(written)
        await done
        return before_the_end

    assert asyncio.run(write()) == [CAPACITY] * 8
