"""Nothing is held to be complete of which the ids are not all there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from producers.ledger import save
from tests.chaos.acknowledged import Simulated, acknowledged


def simulated(folder: Path, name: str, bought: list[int], done: list[int], **said: int) -> Simulated:
    """A run of the simulator that had these ids acknowledged, and says so unless told otherwise."""
    save(folder / name, {"transactions": np.array(bought), "interactions": np.array(done)})
    account: dict[str, Any] = {
        "streams": {"transactions": len(bought), "interactions": len(done), "customers": 3} | said
    }
    return Simulated(folder / name, account)


def test_the_ids_of_all_runs_are_put_together(tmp_path: Path) -> None:
    runs = [simulated(tmp_path, "history.npz", [1, 2], [5]), simulated(tmp_path, "live.npz", [], [8 << 40])]
    ids = acknowledged(runs)
    assert {stream: found.tolist() for stream, found in ids.items()} == {
        "transactions": [1, 2],
        "interactions": [5, 8 << 40],
    }


def test_a_file_that_is_not_there_is_no_run_without_events(tmp_path: Path) -> None:
    there = simulated(tmp_path, "history.npz", [1], [2])
    with pytest.raises(RuntimeError, match="has not written live"):
        acknowledged([there, Simulated(tmp_path / "live.npz", there.account)])


@pytest.mark.parametrize("said", [{"transactions": 3}, {"interactions": 0}])
def test_fewer_or_more_ids_than_were_acknowledged(tmp_path: Path, said: dict[str, int]) -> None:
    with pytest.raises(RuntimeError, match=r"live.npz has \d ids of .*: \d were acknowledged"):
        acknowledged([simulated(tmp_path, "live.npz", [1, 2], [3], **said)])
