"""The same ordeal at 50,000 events a second."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.ordeal import balanced, ordeal

WORLD = ("--customers", "50000", "--products", "5000", "--seed", "11")


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_every_part_killed_at_full_rate(stack: Stack, tmp_path: Path) -> None:
    balanced(stack, ordeal(stack, tmp_path, WORLD, history="300k", rate="50000/s"))
