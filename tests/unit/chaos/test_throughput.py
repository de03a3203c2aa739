"""What was really sent and taken in is said beside what was asked for, and plainly where it is less."""

from tests.chaos.look import COUNTED, PUBLISHED, STORED, State
from tests.chaos.throughput import Throughput


def stream(sent: int, stored: int, counted: int) -> Throughput:
    """Of 10 s at 1,000/s."""
    left = {STORED: sent - stored, COUNTED: sent - counted, PUBLISHED: 0}
    begin = State(100.0, sent=500, left=dict.fromkeys(left, 0), taken={STORED: 500, COUNTED: 500})
    found = Throughput(1_000, begin)
    found.ends(State(110.0, sent=500 + sent, left=left, taken={STORED: 500 + stored, COUNTED: 500 + counted}))
    return found


def test_a_stream_that_is_taken_in_keeps_the_rate() -> None:
    found = stream(10_000, 9_000, 10_000)
    assert found.figures() == {
        "rate_asked": 1_000, "rate_sent": 1_000, "rate_stored": 900, "rate_counted": 1_000, "left_at_end": 1_000,
        "rate_kept": True, "stream_s": 10.0,
    }  # fmt: skip
    assert found.words.startswith("1,000/s sent of 1,000/s")


def test_a_backlog_at_the_end_is_a_machine_that_is_too_slow() -> None:
    found = stream(10_000, 4_000, 10_000)
    assert not found.figures()["rate_kept"]
    assert found.words.startswith("THIS MACHINE DOES NOT KEEP THE RATE: 1,000/s sent of 1,000/s, 400/s stored")


def test_so_is_a_stream_that_is_not_sent() -> None:
    assert not stream(9_000, 9_000, 9_000).figures()["rate_kept"]
