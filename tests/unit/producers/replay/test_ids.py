"""Numbers for ids: the same whatever the order of files, exact in both directions, and one for one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.replay.dictionary import ENTITY_ZONE, Dictionary
from producers.replay.index import Claim, Index
from schemas.errors import C360Error

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
) | st.integers(0, 1 << 34).map(str)


class Memory:
    """A log in memory, which others may write to in between."""

    def __init__(self, intruder: Sequence[Claim] = ()) -> None:
        self.claims: list[Claim] = []
        self._intruder = list(intruder)

    def append(self, claims: Sequence[Claim]) -> None:
        self.claims += [*self._intruder, *claims]
        self._intruder.clear()

    def read(self, offset: int) -> Iterator[tuple[list[Claim], int]]:
        if self.claims[offset:]:
            yield self.claims[offset:], len(self.claims)


def numbers(dictionary: Dictionary, texts: Sequence[str]) -> dict[str, int]:
    return {text: held.number for text, held in dictionary.held("customer", dict.fromkeys(texts, 0)).items()}


@given(st.lists(st.lists(TEXTS, min_size=1, unique=True), min_size=1), st.randoms(use_true_random=False))
def test_numbers_are_stable_exact_and_one_for_one(files: list[list[str]], order: "st.random.Random") -> None:  # type: ignore[name-defined]  # hypothesis's own
    log = Memory()
    first = Dictionary(Index(None), log, 1)
    given_out: dict[str, int] = {}
    for texts in files:
        given_out |= numbers(first, texts)
    assert len(set(given_out.values())) == len(given_out)
    shuffled = [order.sample(texts, len(texts)) for texts in order.sample(files, len(files))]
    # A new machine knows the log alone.
    second = Dictionary(Index(None), log, 1)
    for texts in shuffled:
        assert numbers(second, texts) == {text: given_out[text] for text in texts}
    back = second.texts("customer", list(given_out.values()))
    assert {number: text for text, number in given_out.items()} == back
    for text, number in given_out.items():
        whole = text.isascii() and text.isdigit() and str(int(text)) == text and 1 <= int(text) < ENTITY_ZONE[0]
        assert (number == int(text)) if whole else number >= ENTITY_ZONE[0]


def test_who_claims_at_the_same_time_gets_another_number() -> None:
    log = Memory([Claim("customer", "theirs", ENTITY_ZONE[0]), Claim("customer", "both", ENTITY_ZONE[0] + 7)])
    dictionary = Dictionary(Index(None), log, 1)
    held = numbers(dictionary, ["mine", "both"])
    assert held["both"] == ENTITY_ZONE[0] + 7
    assert held["mine"] not in {ENTITY_ZONE[0], ENTITY_ZONE[0] + 7}
    assert numbers(Dictionary(Index(None), log, 1), ["mine", "both", "theirs"]) == {**held, "theirs": ENTITY_ZONE[0]}


def test_a_whole_number_that_is_taken_is_moved_and_reported() -> None:
    dictionary = Dictionary(Index(None), Memory(), 1)
    taken = numbers(dictionary, ["C-1"])["C-1"]
    moved = numbers(dictionary, [str(taken)])[str(taken)]
    assert moved != taken
    assert dictionary.moved == {"customer": {str(taken): moved}}


def test_an_id_that_was_only_referred_to_takes_its_content_later() -> None:
    dictionary = Dictionary(Index(None), Memory(), 1)
    before = dictionary.held("transactions", {"o-1": 0})["o-1"]
    after = dictionary.held("transactions", {"o-1": 77})["o-1"]
    assert (before.number, before.content, after.number, after.content) == (after.number, 0, before.number, 77)
    assert dictionary.held("transactions", {"o-1": 5})["o-1"].content == 77


def test_a_disk_without_room_for_the_index_is_said(tmp_path: Path) -> None:
    index = Index(tmp_path / "ids.sqlite")
    index._connection.execute("PRAGMA max_page_count = 8")
    with pytest.raises(C360Error, match=r"ids\.sqlite cannot be written \(database or disk is full\)\. Make room"):
        index.put("seen", bytes(1 << 20))
    many = [Claim("customer", f"text {number}", number) for number in range(10_000)]
    with pytest.raises(C360Error, match="database or disk is full"):
        index.apply(many, len(many))
    assert index.found("customer", ["text 1"]) == {}
    index.close()
