"""What is no page of NiceGUI: logging in and out, the theme, files, and whether the process answers."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from queries.console import metrics
from queries.console.access import Access, read_cookies
from queries.console.render import FOLDER, html

THEMES = ("light", "dark")
#: One password is short: what is longer is none.
LONGEST = 1024

router = APIRouter(include_in_schema=False)
static = StaticFiles(directory=FOLDER / "static")


@router.get("/healthz")
def healthz() -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/login")
def login(request: Request, next: str = "/") -> HTMLResponse:  # noqa: A002 - the name in the address
    """The form."""
    return _form(request, next, "", 200)


@router.get("/session")
async def lasts(request: Request) -> PlainTextResponse:
    """Whether this browser is let in, for pages that have lost their socket."""
    access: Access = request.app.state.access
    there = access.found(request.headers.get("cookie", "")) is not None
    return PlainTextResponse("yes\n" if there else "no\n", headers={"Cache-Control": "no-store"})


@router.post("/login")
async def enter(
    request: Request,
    password: Annotated[str, Form(max_length=LONGEST)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the field's name
) -> Response:
    """Lets in, or says why not."""
    access: Access = request.app.state.access
    if not access.attempt(request.client.host if request.client else ""):
        metrics.logins().labels("too_fast").inc()
        return _form(request, next, "Too many attempts: wait a second, then try again.", 429)
    if not access.is_password(password):
        metrics.logins().labels("wrong_password").inc()
        return _form(request, next, "That is not the password. 'c360 console' says where it stands.", 401)
    metrics.logins().labels("let_in").inc()
    return RedirectResponse(_here(next), 303, {"Set-Cookie": access.session()})


@router.post("/logout")
async def leave(request: Request) -> RedirectResponse:
    """Ends the session of this browser, in all its pages."""
    access: Access = request.app.state.access
    return RedirectResponse("/login", 303, {"Set-Cookie": access.leave(request.headers.get("cookie", ""))})


@router.post("/theme")
def choose_theme(to: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> RedirectResponse:
    """Remembers dark or light in a cookie, and goes back."""
    answer = RedirectResponse(_here(back), 303)
    if to in THEMES:
        answer.set_cookie("c360_theme", to, max_age=31_536_000, samesite="strict")
    return answer


def theme(request: Request) -> str:
    """What the browser has chosen; empty where it has not."""
    chosen = read_cookies(request.headers.get("cookie", "")).get("c360_theme", "")
    return chosen if chosen in THEMES else ""


def _form(request: Request, following: str, problem: str, status: int) -> HTMLResponse:
    page = html("login", next=_here(following), problem=problem, theme=theme(request))
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})


def _here(address: str) -> str:
    """A path of this console, whatever is asked for: nobody is sent elsewhere."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if inside else "/"
