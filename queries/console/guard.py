"""Stands before every request: lets in who has a session, and tells browsers to load nothing from anywhere else."""

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queries.console.access import Access
from queries.console.bodies import LONGEST_FORM, BodyError, has_body, taken
from queries.console.lasting import CODE, lasting

#: What anybody may ask for.
OPEN = ("/login", "/healthz", "/session", "/static/console.css", "/static/theme.js", "/favicon.ico")
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
#: Where pages speak to the console; those without web sockets send what they have to say as bodies.
SOCKETS = "/_nicegui_ws/"
#: Bytes of one message of a page: a query's text at most.
LONGEST_MESSAGE = 1 << 20


class Guard:
    """The outermost layer; `app` is what it stands before."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may pass."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, _with_headers(send))
        else:
            await self.app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        session = self._access.found(headers.get("cookie", ""))
        if session is None or not _is_own(headers):
            await send({"type": "websocket.close", "code": CODE})
            return
        await lasting(self.app, scope, receive, send, lambda: self._access.over(session))

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, refusal = Headers(scope=scope), self._refusal(scope)
        if refusal is None:
            most = LONGEST_MESSAGE if scope["path"].startswith(SOCKETS) else LONGEST_FORM
            try:
                receive = await taken(headers, receive, most)
            except BodyError as error:
                refusal = PlainTextResponse(f"{error}\n", error.status)
        if refusal is None:
            await self.app(scope, receive, send)
            return
        if has_body(headers):
            # What is still to come of it is not waited for.
            refusal.headers["Connection"] = "close"
        await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | RedirectResponse | None:
        headers, path = Headers(scope=scope), scope["path"]
        if scope["method"] not in ASKING and not _is_own(headers):
            return PlainTextResponse("This form is of another address.\n", 403)
        if path in OPEN or self._access.found(headers.get("cookie", "")) is not None:
            return None
        if scope["method"] in ASKING and "text/html" in headers.get("accept", ""):
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"/login?next={quote(path + ('?' + query if query else ''), safe='')}", 303)
        return PlainTextResponse("Log in first: /login.\n", 401)


def _is_own(headers: Headers) -> bool:
    """Whether a browser says that a page of this address asks; others than browsers say nothing."""
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending
