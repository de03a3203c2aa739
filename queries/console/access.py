"""Who is let in: one password, and sessions that only this process knows, until they are left or run out."""

import asyncio
import contextlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from queries.api.access import SHORTEST, Limits, digest
from schemas.errors import SettingError
from schemas.settings import Settings

SESSION_SECONDS = 12 * 3600
#: Attempts to log in that one address may make a second, after twice as many at once; and all addresses together.
ATTEMPTS_PER_SECOND = 1.0
ALL_ATTEMPTS_PER_SECOND = 5.0


@dataclass(frozen=True)
class Session:
    """What a browser that was let in is known by; `ends` is a time of the clock that sessions go by."""

    ends: float
    left: asyncio.Event = field(default_factory=asyncio.Event)


class Access:
    """The password's, of one installation. Sessions are begun and left within one event loop."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        """Reads the password.

        Raises:
            SettingError: it is neither set nor made yet, or too short.
        """
        password = settings.console_secret
        if len(password) < SHORTEST:
            raise SettingError(
                f"The console's password has {len(password)} characters, and needs {SHORTEST} or more. Set "
                "C360_CONSOLE_PASSWORD to a longer one, or unset it: 'c360 rotate console' makes one."
            )
        self._digest = digest(password)
        self._now = now
        self._secure = bool(settings.console_tls_certificate)
        #: By the digest of what the cookie says, which tells nothing of one that is nearly right.
        self._sessions: dict[bytes, Session] = {}
        #: Browsers keep no ports apart: two stacks on one machine have a cookie each.
        self.name = f"c360_console_{settings.console_port}"
        self._attempts = Limits(ATTEMPTS_PER_SECOND, now)
        self._all_attempts = Limits(ALL_ATTEMPTS_PER_SECOND, now)

    def attempt(self, address: str) -> bool:
        """Whether one more attempt to log in may come from there now."""
        return self._attempts.take(address) == 0.0 and self._all_attempts.take("") == 0.0

    def is_password(self, given: str) -> bool:
        """Whether that is the password."""
        return hmac.compare_digest(digest(given), self._digest)

    def session(self) -> str:
        """A cookie that lets in from now on, as a Set-Cookie header has it."""
        now, token = self._now(), secrets.token_urlsafe(32)
        self._sessions = {key: session for key, session in self._sessions.items() if session.ends > now}
        self._sessions[digest(token)] = Session(now + SESSION_SECONDS)
        return self._header(token, SESSION_SECONDS)

    def leave(self, cookies: str) -> str:
        """Ends the session of a Cookie header, wherever it is open; what takes the cookie back."""
        session = self._sessions.pop(self._key(cookies), None)
        if session is not None:
            session.left.set()
        return self._header("", 0)

    def found(self, cookies: str) -> Session | None:
        """The session of a Cookie header; None where there is none, or it has ended."""
        session = self._sessions.get(self._key(cookies))
        return session if session is not None and session.ends > self._now() else None

    async def over(self, session: Session) -> None:
        """Waits until a session is left or its time is over."""
        while not session.left.is_set() and (rest := session.ends - self._now()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(session.left.wait(), rest)

    def _key(self, cookies: str) -> bytes:
        return digest(read_cookies(cookies).get(self.name, ""))

    def _header(self, value: str, seconds: int) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self.name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"


def read_cookies(header: str) -> dict[str, str]:
    """Names and values of a Cookie header; none of one that is no such header."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
