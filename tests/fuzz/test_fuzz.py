"""A short part of what `python -m tests.fuzz` does: the corpus in full, and some inputs that are drawn."""

import signal
from typing import Any

import pytest

from tests.fuzz import target as fuzzing
from tests.fuzz.target import Account, Target, fuzz, input_of
from tests.fuzz.targets import TARGETS

#: What is tried of each beyond its corpus: a second or a few of a core.
DRAWN = {
    "avro": 4000, "bolt": 1500, "bolt-session": 300, "bolt-socket": 40, "cypher": 30, "http": 400, "injection": 3,
    "mapping": 300, "metrics": 1000, "wire": 1500,
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_no_input_is_a_defect(name: str) -> None:
    target = TARGETS[name]()
    try:
        account = fuzz(target, len(target.seeds) + DRAWN[name])
    finally:
        target.close()
    assert account.inputs == len(target.seeds) + DRAWN[name]
    assert not account.defects, "\n".join(f"{one.number}: {one.data!r}\n{one.error}" for one in account.defects)
    assert account.accepted
    assert account.refused


class Odd(Target):
    """Fails at b'bad', and hangs at b'hang'."""

    name = "avro"
    batch = 4

    def __init__(self, inputs: list[bytes]) -> None:
        super().__init__()
        self.seeds = inputs

    def judge(self, inputs: list[bytes]) -> list[bool]:
        if b"bad" in inputs:
            raise ZeroDivisionError
        while b"hang" in inputs:
            pass
        return [data == b"good" for data in inputs]


def account(inputs: list[bytes]) -> Account:
    return fuzz(Odd(inputs), len(inputs))


def test_an_unforeseen_error_is_told_with_its_input_and_its_neighbours_count() -> None:
    found = account([b"good", b"refused", b"bad", b"good", b"good"])
    assert (found.inputs, found.accepted, found.refused) == (5, 3, 1)
    assert [(one.number, one.data) for one in found.defects] == [(2, b"bad")]
    assert "ZeroDivisionError" in found.defects[0].error


def test_a_hang_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "HANG_SECONDS", 0.05)
    before = signal.getsignal(signal.SIGPROF)
    found = account([b"good", b"hang"])
    assert [one.data for one in found.defects] == [b"hang"]
    assert "HangError" in found.defects[0].error
    assert signal.getsignal(signal.SIGPROF) == before


def test_an_input_is_made_again_by_its_seed_and_number() -> None:
    first, second = TARGETS["avro"](), TARGETS["avro"]()
    numbers = range(len(first.seeds), len(first.seeds) + 50)
    made: list[Any] = [
        [input_of(one, seed, number) for number in numbers] for one, seed in ((first, 7), (second, 7), (first, 8))
    ]
    assert made[0] == made[1]
    assert made[0] != made[2]
