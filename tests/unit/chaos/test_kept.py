"""What Kafka has and what ClickHouse keeps of it are the same keys, versions and words."""

import pytest

from tests.chaos.kept import Newest, Version, alerts_differing, differing

SAID = (2, 77)


@pytest.mark.parametrize(
    ("record", "row", "same"),
    [
        (SAID, SAID, True),
        (None, None, True),
        (SAID, None, False),
        (None, SAID, False),
        (SAID, (1, 76), False),
        (SAID, (2, 76), False),
        (SAID, (3, 78), False),
    ],
    ids=["same", "deleted", "lost", "revived", "older", "other words", "from nowhere"],
)
def test_a_key_is_kept_as_its_newest_record_says(record: Version | None, row: Version | None, same: bool) -> None:
    newest = Newest({1: (1, 1), 2: record})
    assert differing(newest, {1: (1, 1)} | ({2: row} if row else {}), laid=2) == ([] if same else [2])


def test_a_row_that_kafka_has_nothing_of() -> None:
    assert differing(Newest({}), {3: SAID}, laid=0) == [3]


def test_one_that_was_acknowledged_and_that_nobody_has() -> None:
    assert differing(Newest({1: SAID, 3: SAID}), {1: SAID, 3: SAID}, laid=3) == [2]


def test_compaction_may_have_taken_the_newest_version_but_gives_no_other_words() -> None:
    assert differing(Newest({1: SAID}, thinned=True), {1: (3, 78)}, laid=1) == []
    assert differing(Newest({1: SAID, 2: SAID}, thinned=True), {1: (2, 76)}, laid=2) == [1, 2]


@pytest.mark.parametrize(
    ("said", "rows", "wrong"),
    [
        ({"a": {(1,)}}, {"a": (1,)}, []),
        ({"a": {(1,), (2,)}}, {"a": (2,)}, []),
        ({"a": {(1,)}}, {"a": (2,)}, ["a"]),
        ({"a": {(1,)}}, {}, ["a"]),
        ({}, {"a": (1,)}, ["a"]),
    ],
)
def test_an_alert_s_row_says_what_one_of_its_records_does(
    said: dict[str, set[tuple[int]]], rows: dict[str, tuple[int]], wrong: list[str]
) -> None:
    assert alerts_differing(said, rows) == wrong
