"""How far a partition is read whose last offsets hold no record."""

from faust.types.tuples import TP

from stream_processors.tails import EMPTY_ANSWERS, Standing, Tails

PARTITION = TP("c360.customers", 0)


def reached(tails: Tails, answers: range, position: int = 7, end: int = 9, *, holds: bool = False) -> int:
    """What is said after answers at these times."""
    out = -1
    for answered in answers:
        out = tails.reached(PARTITION, Standing(position, end, answered, holds))
    return out


def test_what_the_consumer_stepped_over_is_read() -> None:
    tails = Tails()
    assert [tails.reached(PARTITION, Standing(position, 9, 0, holds=False)) for position in (7, 9)] == [7, 9]


def test_where_kafka_has_nothing_left_to_give_the_end_is_reached() -> None:
    tails = Tails()
    assert reached(tails, range(EMPTY_ANSWERS)) == 7
    assert reached(tails, range(EMPTY_ANSWERS, EMPTY_ANSWERS + 1)) == 9
    assert reached(tails, range(EMPTY_ANSWERS, EMPTY_ANSWERS + 1), end=10) == 7  # something has come


def test_the_same_answer_says_nothing_twice() -> None:
    tails = Tails()
    for _ in range(3 * EMPTY_ANSWERS):
        assert reached(tails, range(5, 6)) == 7


def test_what_is_fetched_and_not_handed_out_is_not_nothing() -> None:
    tails = Tails()
    assert reached(tails, range(EMPTY_ANSWERS - 1)) == 7
    assert reached(tails, range(EMPTY_ANSWERS, EMPTY_ANSWERS + 3), holds=True) == 7
    assert reached(tails, range(EMPTY_ANSWERS + 3, 2 * EMPTY_ANSWERS)) == 7


def test_partitions_are_told_apart() -> None:
    tails, other = Tails(), TP("c360.customers", 1)
    for answered in range(EMPTY_ANSWERS + 1):
        reached(tails, range(answered, answered + 1))
        assert tails.reached(other, Standing(7, 9, 0, holds=False)) == 7
