"""How much memory the bodies of all requests may take together, beside what the engine itself may."""

from sinks.embedded.faults import MEMORY_LIMIT_EXCEEDED, ServerError

#: Bytes; one query of ordinary size takes a thousandth of it.
MOST = 256 << 20


class Room:
    """The memory. Used from the event loop alone."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._taken = 0

    def share(self) -> "Share":
        """What one request takes of it: nothing yet."""
        return Share(self)

    def take(self, more: int) -> None:
        """Takes bytes, or gives some back.

        Raises:
            ServerError: there are not as many left.
        """
        if more > 0 and self._taken + more > self._most:
            raise ServerError(
                MEMORY_LIMIT_EXCEEDED,
                f"Requests hold {self._taken} bytes of {self._most} that there are for bodies, and this one wants "
                f"{more} more. Send less at once, or later",
            )
        self._taken += more


class Share:
    """One request's part."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0

    def hold(self, size: int) -> None:
        """Says how many bytes the request holds from now on.

        Raises:
            ServerError: there is no room for as many.
        """
        self._room.take(size - self._held)
        self._held = size

    def add(self, size: int) -> None:
        """Says that it holds so many more; raises as hold() does."""
        self.hold(self._held + size)

    def release(self) -> None:
        """Gives everything back."""
        self.hold(0)
