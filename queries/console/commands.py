"""What `c360` does already, done by it: replays of dead letters above all, the only thing here that writes.

The command is a process of its own, with the settings of this one: the console itself knows no password to write with.
"""

import asyncio
import contextlib
import json
import sys
from dataclasses import dataclass
from typing import Any

from queries.api.turns import Turns
from schemas.errors import C360Error, SlowError

SECONDS = 120.0
#: Commands at once: each is a process.
AT_ONCE = 2


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The JSON that it printed.

        Raises:
            C360Error: what it said was wrong.
        """
        try:
            return json.loads(self.out)
        except ValueError:
            raise C360Error(self.said or f"The command ended with {self.code}.") from None

    @property
    def problem(self) -> str:
        """What kept it from its end; empty where it came there, if only to say (by 1) that not all is well."""
        if self.code == 0 or (self.code == 1 and "Error: " not in self.err):
            return ""
        return self.said or f"The command ended with {self.code}."

    @property
    def said(self) -> str:
        """Its last line about what is wrong."""
        lines = self.err.strip().splitlines()
        return lines[-1].removeprefix("Error: ") if lines else ""


async def c360(*words: str, seconds: float = SECONDS) -> Done:
    """Runs `c360 WORDS` to its end; it is ended with who waits for it.

    Raises:
        SlowError: it takes longer than that.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "ops.cli", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    except TimeoutError:
        raise SlowError(f"'c360 {words[0]}' has not ended within {seconds:g} s. Try it in a terminal.") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
    return Done(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))


class Commands:
    """So many commands at once. Used within one event loop."""

    def __init__(self) -> None:
        self._turns = Turns(AT_ONCE, f"{AT_ONCE} commands run, and none has ended for {{seconds}} s. Try again.")

    async def run(self, *words: str) -> Done:
        """Runs `c360 WORDS` to its end.

        Raises:
            BusyError: no place came free.
            SlowError: it takes too long.
        """
        await self._turns.take()
        try:
            return await c360(*words)
        finally:
            self._turns.release()
