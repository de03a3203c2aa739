"""A short part of what `python -m tests.fuzz` does: the corpus in full, and some inputs that are drawn."""

import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view
from schemas.errors import QueryError
from tests.fuzz import target as fuzzing
from tests.fuzz.cypher import is_taken
from tests.fuzz.injection import is_refusal
from tests.fuzz.target import Account, Target, fuzz, input_of
from tests.fuzz.targets import TARGETS

#: What is tried of each beyond its corpus: a second or a few of a core.
DRAWN = {
    "avro": 4000, "bolt": 1500, "bolt-session": 300, "bolt-socket": 40, "clickhouse": 100, "cypher": 30, "http": 400,
    "injection": 3, "mapping": 300, "metrics": 1000, "sql": 60, "wire": 1500,
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


@pytest.mark.parametrize("code", [46, 47, 62])
def test_a_value_that_the_engine_reads_as_sql_is_a_defect(code: int) -> None:
    """It counted as a refusal."""
    with pytest.raises(AssertionError, match="out of its quotes"):
        is_refusal(QueryError(f"Code: {code}. DB::Exception: Syntax error: failed at position 9 (x)"))
    assert not is_refusal(QueryError("Code: 27. DB::Exception: Cannot parse input"))


def test_a_number_that_has_no_room_is_refused_and_any_other_error_of_types_is_a_defect() -> None:
    made = Compiler(load_view()).compile("RETURN 1 AS one")
    said = "Code: 70. DB::Exception: Value in column Int128 cannot be safely converted into type {}: In scope SELECT 1"
    assert not is_taken(QueryError(said.format("Int64")), made)
    with pytest.raises(AssertionError, match="UInt8"):
        is_taken(QueryError(said.format("UInt8")), made)


class Odd(Target):
    """Fails at b'bad', works without end at b'hang', and waits for nobody at b'wait'."""

    name = "avro"
    batch = 4

    def __init__(self, inputs: list[bytes]) -> None:
        super().__init__()
        self.seeds = inputs
        self.mended = 0

    def mend(self) -> None:
        self.mended += 1

    def judge(self, inputs: list[bytes]) -> list[bool]:
        if b"bad" in inputs:
            raise ZeroDivisionError
        while b"hang" in inputs:
            pass
        if b"wait" in inputs:
            threading.Event().wait()
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


def test_a_wait_that_costs_nothing_is_a_hang_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "STUCK_SECONDS", 0.05)
    before = signal.getsignal(signal.SIGALRM)
    target = Odd([b"good", b"wait"])
    found = fuzz(target, 2)
    assert [one.data for one in found.defects] == [b"wait"]
    assert "by the clock" in found.defects[0].error
    assert signal.getsignal(signal.SIGALRM) == before
    assert target.mended == 2, "after the batch, and after the input alone"


def test_what_is_tried_in_pieces_is_what_is_tried_at_once() -> None:
    class Listing(Odd):
        def judge(self, inputs: list[bytes]) -> list[bool]:
            tried.extend(inputs)
            return [True] * len(inputs)

    tried: list[bytes] = []
    seeds = [b"a", b"b", b"c"]
    fuzz(Listing(seeds), 30)
    whole = list(tried)
    tried.clear()
    fuzz(Listing(seeds), 13)
    fuzz(Listing(seeds), 17, first=13)
    assert tried == whole
    assert len(set(whole)) > len(seeds)


def test_words_have_one_order_in_every_process() -> None:
    """They stood in the order of a set once, and input N of a seed was another one in each process."""
    script = "from tests.fuzz.targets import TARGETS; print([one.words for one in TARGETS.values()])"
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_an_input_is_made_again_by_its_seed_and_number() -> None:
    first, second = TARGETS["avro"](), TARGETS["avro"]()
    numbers = range(len(first.seeds), len(first.seeds) + 50)
    made: list[Any] = [
        [input_of(one, seed, number) for number in numbers] for one, seed in ((first, 7), (second, 7), (first, 8))
    ]
    assert made[0] == made[1]
    assert made[0] != made[2]
