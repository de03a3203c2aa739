"""How far event time is complete."""

from stream_processors.churn.watermark import IDLE_SECONDS, LATENESS, Watermark

NOON = 1_700_000_000_000


def test_the_topic_that_is_behind_decides() -> None:
    mark = Watermark(("a", "b"))
    assert mark.value(0.0) == 0
    mark.read("a", NOON + 9_000, at_end=False, now=1.0)
    mark.read("b", NOON, at_end=False, now=1.0)
    mark.read("b", NOON - 5_000, at_end=False, now=1.0)
    assert mark.value(1_000.0) == NOON - LATENESS


def test_a_topic_read_to_its_end_holds_nobody_up_after_a_while() -> None:
    mark = Watermark(("a", "b"))
    mark.read("a", NOON + 9_000, at_end=False, now=1.0)
    mark.read("b", NOON, at_end=True, now=1.0)
    assert mark.value(1.0 + IDLE_SECONDS / 2) == NOON - LATENESS
    mark.at_end("b", at_end=True, now=3.0)
    assert mark.value(1.0 + IDLE_SECONDS) == NOON + 9_000 - LATENESS
    mark.at_end("b", at_end=False, now=7.0)
    assert mark.value(99.0) == NOON - LATENESS


def test_a_topic_that_nothing_was_ever_read_from_counts_once_it_is_known_to_be_empty() -> None:
    mark = Watermark(("a", "b"))
    mark.read("a", NOON, at_end=False, now=1.0)
    assert mark.value(99.0) <= 0
    mark.at_end("b", at_end=True, now=1.0)
    assert mark.value(99.0) == NOON - LATENESS
