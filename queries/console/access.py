"""Who is let in: one password, and a signed cookie that says until when. A new password ends all sessions."""

import hashlib
import hmac
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from queries.api.access import Limits
from schemas.settings import Settings

SESSION_SECONDS = 12 * 3600
#: Attempts to log in that one address may make a second, after twice as many at once.
ATTEMPTS_PER_SECOND = 1.0


class Access:
    """The password's, of one installation."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        """Reads the password.

        Raises:
            SettingError: it is neither set nor made yet.
        """
        password = settings.console_secret.encode()
        self._digest = hashlib.sha256(password).digest()
        self._key = hashlib.sha256(b"session of the console\0" + password).digest()
        self._now = now
        self._secure = bool(settings.console_tls_certificate)
        #: Browsers keep no ports apart: two stacks on one machine have a cookie each.
        self.name = f"c360_console_{settings.console_port}"
        self.attempts = Limits(ATTEMPTS_PER_SECOND, now)

    def is_password(self, given: str) -> bool:
        """Whether that is the password."""
        digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
        return hmac.compare_digest(digest, self._digest)

    def session(self) -> str:
        """A cookie that lets in from now on, as a Set-Cookie header has it."""
        ends = str(int(self._now()) + SESSION_SECONDS)
        return self._header(f"{ends}.{self._signed(ends)}", SESSION_SECONDS)

    def no_session(self) -> str:
        """Takes the cookie back."""
        return self._header("", 0)

    def lets_in(self, cookies: str) -> bool:
        """Whether a Cookie header has a session that has not ended."""
        ends, _, signature = read_cookies(cookies).get(self.name, "").partition(".")
        if not (ends.isascii() and ends.isdigit() and signature.isascii()):
            return False
        return hmac.compare_digest(signature, self._signed(ends)) and int(ends) > self._now()

    def _signed(self, ends: str) -> str:
        return hmac.new(self._key, ends.encode("ascii"), hashlib.sha256).hexdigest()

    def _header(self, value: str, seconds: int) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self.name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"


def read_cookies(header: str) -> dict[str, str]:
    """Names and values of a Cookie header; none of one that is no such header."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
