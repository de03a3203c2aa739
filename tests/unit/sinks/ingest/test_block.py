"""Blocks are the same whoever makes them: the offsets say where they begin, a promise where they end."""

import pytest
from confluent_kafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from sinks.ingest import block
from sinks.ingest.block import Block, Gathered
from tests.unit.sinks.ingest.messages import TOPIC, message

ERA = "0a1b2c3d"


def gathered(first: int, *offsets: int, promised: int | None = None) -> Gathered:
    one = Gathered(TOPIC, 0, first, ERA, promised)
    for offset in offsets:
        one.add(message(offset), now=0.0)
    return one


def test_a_block_reaches_from_what_is_stored_to_the_newest_record() -> None:
    made = gathered(5, 6, 7, 9).block()
    assert made is not None
    assert made.name == f"{TOPIC}/0/{ERA}/5-9"
    assert (made.promise.offset, made.promise.metadata) == (5, f"{ERA}:9")
    assert (made.done().offset, made.done().metadata) == (10, f"{ERA}:")


def test_there_is_none_of_nothing() -> None:
    assert gathered(5).block() is None


def test_what_was_promised_is_made_whatever_has_come_since() -> None:
    one = gathered(5, 5, 6, promised=7)
    assert one.block() is None
    one.add(message(7), now=1.0)
    one.add(message(8), now=1.0)
    made = one.block()
    assert made is not None
    assert (made.first, made.last, len(made.messages)) == (5, 7, 3)
    one.stored(made, now=2.0)
    rest = one.block()
    assert rest is not None
    assert (rest.first, rest.last) == (8, 8)


@pytest.mark.parametrize("beyond", [9, 12])
def test_a_promised_record_that_compaction_took_away_is_not_waited_for(beyond: int) -> None:
    one = gathered(5, 6, beyond, promised=8)
    made = one.block()
    assert made is not None
    assert (made.name, [each.offset() for each in made.messages]) == (f"{TOPIC}/0/{ERA}/5-8", [6])


def test_nor_one_at_the_end_of_the_partition() -> None:
    one = gathered(5, 6, promised=8)
    one.reached_end(9)
    made = one.block()
    assert made is not None
    assert made.last == 8


def test_a_promise_of_a_log_that_is_no_more_is_none() -> None:
    one = gathered(500, promised=600)
    one.add(message(0), now=0.0)
    made = one.block()
    assert made is not None
    assert (made.first, made.last) == (0, 0)
    assert made.era != ERA
    shorter = gathered(5, promised=8)
    shorter.reached_end(6)
    assert shorter.promised is None
    assert shorter.era != ERA


def test_a_topic_that_was_made_anew_begins_with_nothing_of_the_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Old log 1000 to 1099, gathered and full; then the new log's 0 to 49."""
    monkeypatch.setattr(block, "MOST_ROWS", 100)
    one = gathered(1000, *range(1000, 1100))
    assert one.is_full
    for offset in range(50):
        one.add(message(offset), now=1.0)
    made = one.block()
    assert made is not None
    assert (made.first, made.last, [each.offset() for each in made.messages]) == (0, 49, list(range(50)))
    assert (one.seen, one.since, one.is_full) == (49, 1.0, False)
    assert one.bytes == sum(len(each.value() or b"") for each in made.messages)
    assert one.stored(made, now=2.0)
    assert one.block() is None
    assert (one.first, one.bytes) == (50, 0)


def test_a_block_of_the_old_log_that_is_stored_takes_nothing_of_the_new() -> None:
    """The topic is made anew while the old block waits for ClickHouse."""
    one = gathered(1000, *range(1000, 1100))
    old = one.block()
    assert old is not None
    for offset in range(50):
        one.add(message(offset), now=1.0)
    assert not one.stored(old, now=2.0)
    made = one.block()
    assert made is not None
    assert (made.first, made.last, len(made.messages)) == (0, 49, 50)


def test_a_block_has_no_more_records_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block, "MOST_ROWS", 3)
    one = gathered(0, *range(7))
    assert one.is_full
    made = one.block()
    assert made is not None
    assert (made.first, made.last) == (0, 2)


@pytest.mark.parametrize(
    ("offset", "metadata", "first", "promised"),
    [(12, f"{ERA}:", 12, None), (12, f"{ERA}:40", 12, 40)],
)
def test_what_the_group_has_committed(offset: int, metadata: str, first: int, promised: int | None) -> None:
    one = Gathered.after(TopicPartition(TOPIC, 0, offset, metadata=metadata), begin=3)
    assert (one.first, one.promised, one.era) == (first, promised, ERA)


@pytest.mark.parametrize(("offset", "metadata", "first"), [(-1001, "", 3), (12, "", 12), (12, "by hand", 12)])
def test_offsets_that_were_set_by_others_begin_a_new_era(offset: int, metadata: str, first: int) -> None:
    """Else records that are read again would pass for blocks that the tables know."""
    committed = TopicPartition(TOPIC, 0, offset, metadata=metadata)
    one, other = (Gathered.after(committed, begin=3) for _ in range(2))
    assert (one.first, one.promised) == (first, None)
    assert one.era != other.era


def halves_of(first: int, last: int, *offsets: int) -> list[tuple[int, int, list[int | None]]]:
    whole = Block(TOPIC, 0, first, last, [message(offset) for offset in offsets], ERA)
    return [(half.first, half.last, [each.offset() for each in half.messages]) for half in whole.halves()]


def test_a_block_is_halved_between_offsets() -> None:
    assert halves_of(0, 7, *range(8)) == [(0, 3, [0, 1, 2, 3]), (4, 7, [4, 5, 6, 7])]
    assert halves_of(0, 7, 3, 4, 5, 6) == [(0, 3, [3]), (4, 7, [4, 5, 6])]


def test_a_half_without_records_is_none() -> None:
    assert halves_of(0, 7, 4, 6) == [(4, 5, [4]), (6, 7, [6])]
    assert halves_of(0, 99, 0, 1) == [(0, 0, [0]), (1, 1, [1])]
    assert halves_of(5, 5, 5, 5) == []


@given(st.sets(st.integers(0, 60), min_size=1), st.data())
def test_a_retry_makes_the_same_block_of_however_much_it_reads(offsets: set[int], data: st.DataObject) -> None:
    log = sorted(offsets)
    some = log[: data.draw(st.integers(1, len(log)))]
    first_try = gathered(0, *some).block()
    assert first_try is not None
    again = Gathered.after(first_try.promise, begin=0)
    for offset in log:
        again.add(message(offset), now=0.0)
    second_try = again.block()
    assert second_try is not None
    assert second_try.name == first_try.name
    assert [one.offset() for one in second_try.messages] == [one.offset() for one in first_try.messages]


def test_a_run_of_refused_records_is_committed_beside_and_found_again() -> None:
    one = gathered(5, 5, 6)
    made = one.block()
    assert made is not None
    done = made.done(2)
    assert (done.offset, done.metadata) == (7, f"{ERA}::2")
    after = Gathered.after(done, 0)
    assert (after.first, after.era, after.promised, after.run) == (7, ERA, None, 2)
    assert one.stored(made, 0.0, 2)
    one.add(message(7), now=0.0)
    following = one.block()
    assert following is not None
    assert (following.run, following.promise.metadata) == (2, f"{ERA}:7:2")
    assert Gathered.after(following.promise, 0).promised == 7
