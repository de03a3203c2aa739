"""What the simulators had acknowledged, by their own files; as many ids as their accounts say, or the check is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.topics import INTERACTIONS, TRANSACTIONS

STREAMS = (TRANSACTIONS.stream, INTERACTIONS.stream)


@dataclass(frozen=True)
class Simulated:
    """One run of the simulator that has ended: the file of acknowledged ids it was asked for, and its account."""

    acked: Path
    account: Mapping[str, Any]

    def ids(self) -> dict[str, NDArray[np.uint64]]:
        """By stream.

        Raises:
            RuntimeError: there is no file, or it has other numbers of ids than the account says.
        """
        if not self.acked.exists():
            raise RuntimeError(f"the simulator has not written {self.acked.name}: nothing can be said of what is lost")
        with np.load(self.acked) as file:
            ids = {stream: np.asarray(file[stream], dtype=np.uint64) for stream in STREAMS}
        for stream, said in ((stream, self.account["streams"][stream]) for stream in STREAMS):
            if len(ids[stream]) != said:
                raise RuntimeError(
                    f"{self.acked.name} has {len(ids[stream]):,} ids of {stream}: {said:,} were acknowledged"
                )
        return ids


def acknowledged(runs: Sequence[Simulated]) -> dict[str, NDArray[np.uint64]]:
    """The ids of all of them, by stream; see Simulated.ids."""
    lists = [run.ids() for run in runs]
    return {stream: np.concatenate([one[stream] for one in lists]) for stream in STREAMS}
