"""Stands before every request: lets in who has a session, and tells browsers to load nothing from anywhere else."""

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queries.console.access import Access

#: What anybody may ask for.
OPEN = ("/login", "/healthz", "/static/console.css", "/static/theme.js", "/favicon.ico")
#: Vue compiles its templates in the browser, which is what 'unsafe-eval' is for; nothing comes from another host.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{what} {where}" for what, where in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    # Without it a form does not say which page it is of.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ASKING = ("GET", "HEAD")
#: Bytes of what somebody may send who is not let in yet.
LONGEST_FORM = 1 << 14


class Guard:
    """The outermost layer; `app` is what it stands before."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may pass."""
        if scope["type"] == "websocket":
            headers = Headers(scope=scope)
            if self._lets_in(headers) and _is_own(headers):
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            send = _with_headers(send)
            if refusal := self._refusal(scope):
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | RedirectResponse | None:
        headers, path = Headers(scope=scope), scope["path"]
        if scope["method"] not in ASKING and not _is_own(headers):
            return PlainTextResponse("This form is of another address.\n", 403)
        if self._lets_in(headers):
            return None
        if path in OPEN:
            return None if scope["method"] in ASKING or _is_short(headers) else PlainTextResponse("Too long.\n", 413)
        if scope["method"] in ASKING and "text/html" in headers.get("accept", ""):
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"/login?next={quote(path + ('?' + query if query else ''), safe='')}", 303)
        return PlainTextResponse("Log in first: /login.\n", 401)

    def _lets_in(self, headers: Headers) -> bool:
        return self._access.lets_in(headers.get("cookie", ""))


def _is_own(headers: Headers) -> bool:
    """Whether a browser says that a page of this address asks; others than browsers say nothing."""
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _is_short(headers: Headers) -> bool:
    """Whether a body of a stranger says its length, and that it is no longer than a form of ours."""
    length = headers.get("content-length", "")
    return length.isascii() and length.isdigit() and len(length) < 9 and int(length) <= LONGEST_FORM


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending
