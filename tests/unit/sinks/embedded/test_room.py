"""Bodies share their memory: who wants more than there is left is told, and what is given back can be taken again."""

import pytest

from sinks.embedded.faults import MEMORY_LIMIT_EXCEEDED, ServerError
from sinks.embedded.room import Room


def test_there_is_no_more_than_there_is() -> None:
    room = Room(100)
    first, second = room.share(), room.share()
    first.hold(60)
    second.add(40)
    with pytest.raises(ServerError, match="Send less at once") as said:
        second.add(1)
    assert said.value.code == MEMORY_LIMIT_EXCEEDED
    first.release()
    second.add(60)
    second.release()
    first.hold(100)
