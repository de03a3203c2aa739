"""Who may come in, and how many at once."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from queries.graph.bolt import metrics
from queries.graph.bolt.faults import BUSY, UNAUTHORIZED, Fault


class Access:
    """One user with a password, and a number of places."""

    def __init__(self, user: str, password: str, places: int) -> None:
        self._user, self._password = _digest(user), _digest(password)
        self._places = places
        self._taken = 0
        metrics.sessions().set(0)

    def authenticate(self, token: Mapping[str, Any]) -> None:
        """Checks what HELLO or LOGON say.

        Raises:
            Fault: another scheme than basic, or not the right name and password.
        """
        scheme = token.get("scheme", "none")
        if scheme != "basic":
            metrics.refused().labels("password").inc()
            raise Fault(UNAUTHORIZED, f"The scheme of authentication is {scheme!r}: only 'basic' is understood here.")
        self.check(token.get("principal"), token.get("credentials"))

    def check(self, user: object, password: object) -> None:
        """Checks a name and a password; takes as long whichever is wrong.

        Raises:
            Fault: they are not the right ones.
        """
        right = hmac.compare_digest(_digest(user), self._user) & hmac.compare_digest(_digest(password), self._password)
        if not right:
            metrics.refused().labels("password").inc()
            raise Fault(UNAUTHORIZED, "The user or the password is not right.")

    def enter(self) -> None:
        """Takes a place.

        Raises:
            Fault: there is none.
        """
        if self._taken >= self._places:
            metrics.refused().labels("sessions").inc()
            raise Fault(
                BUSY, f"{self._places} sessions are open, which is the limit: close some, or raise C360_BOLT_SESSIONS."
            )
        self._taken += 1
        metrics.sessions().set(self._taken)

    def leave(self) -> None:
        """Gives a place back."""
        self._taken -= 1
        metrics.sessions().set(self._taken)


def _digest(word: object) -> bytes:
    """Of words and, since clients send anything, of what is none."""
    return hashlib.sha256(
        (word if isinstance(word, str) else f"\0{word!r}").encode("utf-8", "surrogateescape")
    ).digest()
