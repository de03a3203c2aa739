"""How far event time is complete.

fetches    .  .  .  .  .  .  .  .        a dot is a fetch of topic b that found nothing more
a          10    20    30                event time of what was read
watermark        -     -     10 10 20    once b was at its end for a while, what a had said by then
"""

from stream_processors.churn.watermark import IDLE_SECONDS, LATENESS, VOUCHED_SECONDS, Watermark

NOON = 1_700_000_000_000
ENOUGH = int(IDLE_SECONDS / VOUCHED_SECONDS)


def fetch(mark: Watermark, topic: str, begin: float, seconds: float) -> None:
    """The topic's end is seen at the beginning and twice a second from then on."""
    for step in range(int(seconds * 2) + 1):
        mark.at_end(topic, at_end=True, fetched=begin + step / 2)


def test_the_topic_that_is_behind_decides() -> None:
    mark = Watermark(("a", "b"))
    assert mark.value == 0
    mark.read("a", NOON + 9_000)
    mark.read("b", NOON)
    mark.read("b", NOON - 5_000)
    assert mark.value == NOON - LATENESS


def test_a_topic_read_to_its_end_holds_nobody_up_after_a_while() -> None:
    mark = Watermark(("a", "b"))
    mark.read("a", NOON + 9_000)
    mark.read("b", NOON)
    fetch(mark, "b", 1.0, IDLE_SECONDS / 2)
    assert mark.value == NOON - LATENESS
    fetch(mark, "b", 1.0 + IDLE_SECONDS / 2, IDLE_SECONDS / 2)
    assert mark.value == NOON + 9_000 - LATENESS
    mark.at_end("b", at_end=False, fetched=7.0)
    assert mark.value == NOON - LATENESS


def test_a_topic_that_nothing_was_ever_read_from_counts_once_it_is_known_to_be_empty() -> None:
    mark = Watermark(("a", "b"))
    mark.read("a", NOON)
    assert mark.value == 0
    fetch(mark, "b", 1.0, IDLE_SECONDS)
    assert mark.value == NOON - LATENESS


def test_both_begin_again_after_a_pause_and_the_first_to_be_read_does_not_go_ahead() -> None:
    """Of two topics that had been at their ends for long, the one read first decided what the other had a say in."""
    mark = Watermark(("a", "b"))
    for topic in ("a", "b"):
        mark.read(topic, NOON)
        fetch(mark, topic, 1.0, 100.0)
    mark.read("a", NOON + 9_000_000)
    assert mark.value == NOON - LATENESS
    fetch(mark, "b", 101.5, IDLE_SECONDS)
    assert mark.value == NOON + 9_000_000 - LATENESS


def test_what_is_read_while_another_is_at_its_end_is_complete_a_while_later() -> None:
    mark = Watermark(("a", "b"))
    for second in range(20):
        mark.read("a", NOON + second)
        fetch(mark, "b", float(second), 0.5)
        mark.at_end("b", at_end=True, fetched=second + 0.5)
    assert mark.value == NOON + 14 - LATENESS


def test_time_without_fetches_shows_no_end() -> None:
    """While the broker was away, or the process stood still, the topic was taken for one at its end."""
    mark = Watermark(("a", "b"))
    mark.read("a", NOON)
    for _ in range(1_000):
        mark.at_end("b", at_end=True, fetched=1.0)
        mark.at_end("b", at_end=True, fetched=None)
    assert mark.value == 0
    for hour in range(ENOUGH):
        assert mark.value == 0
        mark.at_end("b", at_end=True, fetched=1.0 + 3_600 * (hour + 1))
    assert mark.value == NOON - LATENESS
