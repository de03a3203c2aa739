"""Waits for the stack: until it is well, has recovered, has come to rest, or stands still. It says what for."""

import time
from collections.abc import Callable, Iterator

from tests.chaos.look import Look, State
from tests.chaos.recovery import BEHIND, STUCK, STUCK_SECONDS, Judge, Standstill

#: A stack that takes in, but has not caught up by then, is not waited for any longer.
RECOVERY_SECONDS = 240.0
LOOK_SECONDS = 0.5
#: What is waited for is said so often.
WORD_SECONDS = 10.0


class Watch:
    """Looks at the stack again and again."""

    def __init__(self, look: Look, say: Callable[[str], None]) -> None:
        self._look, self._say = look, say

    def recovered(self, judge: Judge) -> str:
        """How a fault ends: see recovery."""
        until = time.monotonic() + RECOVERY_SECONDS
        for state, still in self._states():
            judge.saw(state)
            if end := judge.recovered(state):
                return end
            if state.at > until:
                return STUCK if state.trouble or still >= STUCK_SECONDS else BEHIND
        return STUCK

    def settled(self) -> bool:
        """Waits until everything is stored, counted and published; False when that comes no nearer."""
        for state, still in self._states():
            if not state.behind(0):
                self._say("everything is stored, counted and published")
                return True
            if still >= STUCK_SECONDS:
                self._say(f"nothing has come any further for {still:.0f} s: {state.behind(0)}")
                break
        return False

    def sound(self) -> State:
        """The next state without trouble.

        Raises:
            RuntimeError: nothing gets better before there is one.
        """
        for state, still in self._states():
            if not state.trouble:
                return state
            if still >= STUCK_SECONDS:
                break
        raise RuntimeError(f"the stack stands still: {state.trouble}")

    def peace(self, until: float, judge: Judge) -> None:
        """The schedule's time; what is seen of the stack meanwhile is the pace it has."""
        while (left := until - time.monotonic()) > 0:
            judge.saw(self._look.state())
            time.sleep(max(0.0, min(left, 2 * LOOK_SECONDS)))

    def _states(self) -> Iterator[tuple[State, float]]:
        """One look after another, each with the seconds for which nothing has got better."""
        stands, next_word = Standstill(time.monotonic()), time.monotonic() + WORD_SECONDS
        while True:
            state = self._look.state()
            yield state, stands.seconds(state)
            if time.monotonic() > next_word:
                self._say(f"  not yet: {state.behind(0)}")
                next_word = time.monotonic() + WORD_SECONDS
            time.sleep(LOOK_SECONDS)  # between two looks
