"""The application: routes, what goes before them, and how errors are told."""

import contextlib
import logging
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from queries.api import metrics
from queries.api.admission import admitted, bad_parameters
from queries.api.etags import JSON
from queries.api.middleware import Requests
from queries.api.problems import MEDIA_TYPE, ProblemError, Wrong, documented, problem_of
from queries.api.routes import alerts, customers, graph, health, products, reports
from queries.api.services import Services
from schemas.errors import C360Error

log = logging.getLogger("queries.api")

DESCRIPTION = (
    "Customers with their features, churn and latest activity, products bought together, the SQL reports, the graph "
    "questions and the churn alerts. Every path of /v1 asks for a key. Errors are application/problem+json (RFC 9457)."
)


def fastapi(services: Services) -> FastAPI:
    """The routes alone, without what is around each request."""

    metrics.register()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with services.running():
            yield

    app = FastAPI(
        title="Customer 360",
        version=version("customer360"),
        description=DESCRIPTION,
        lifespan=lifespan,
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            ProblemError: _told,
            C360Error: _told,
            RequestValidationError: _unusable,
            HTTPException: _unknown,
            Exception: _unforeseen,
        },
    )
    app.state.services = services
    app.include_router(health.router)
    keyed = APIRouter(
        dependencies=[Depends(admitted)],
        responses=documented("no-key", "wrong-key", "bad-parameter", "too-many-requests", "busy", "unavailable"),
    )
    for one in (customers, products, reports, graph, alerts):
        keyed.include_router(one.router)
    keyed.include_router(health.keyed)
    app.include_router(keyed)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # as its documentation says
    return app


def application(services: Services) -> ASGIApp:
    """The whole."""
    return Requests(fastapi(services))


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; wrong parameters are told as problems, which FastAPI does not know."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        for path in made["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
                for response in operation["responses"].values():
                    if MEDIA_TYPE in response.get("content", ()):
                        response["content"].pop(JSON, None)
        for name in ("HTTPValidationError", "ValidationError"):
            made["components"]["schemas"].pop(name, None)
        app.openapi_schema = made
    return app.openapi_schema


async def _told(request: Request, error: Exception) -> Response:
    problem = error if isinstance(error, ProblemError) else problem_of(_own(error))
    if problem.status >= 500:
        log.warning("request %s: %s %s: %s", _id(request), request.method, request.url.path, error)
    return _answer(request, problem)


async def _unusable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = []
    for one in error.errors():
        given = one.get("input")
        name = str(one["loc"][1] if len(one["loc"]) > 1 else one["loc"][0])
        missing = one["type"] == "missing"
        words = str(one["msg"]).removeprefix("Value error, ")
        value = None if missing or given is None else str(given)
        wrong.append(Wrong(parameter=name, value=value, message=words[:1].lower() + words[1:]))
    return _answer(request, bad_parameters(wrong))


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == 404:
        problem = ProblemError("no-such-path", f"There is no path {path}. /openapi.json lists them all.")
    elif error.status_code == 405:
        allowed = dict(error.headers or {})
        words = f"{path} cannot be asked with {request.method}: only {allowed.get('Allow', 'GET')}."
        problem = ProblemError("no-such-method", words, headers=allowed)
    else:
        problem = ProblemError("bad-request", str(error.detail))
    return _answer(request, problem)


async def _unforeseen(request: Request, _: Exception) -> Response:
    return _answer(request, ProblemError("failed", "An error of the API's own. Its log has it under this id."))


def _own(error: Exception) -> C360Error:
    assert isinstance(error, C360Error)
    return error


def _answer(request: Request, problem: ProblemError) -> Response:
    body = problem.body(request.url.path, _id(request))
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=problem.headers)


def _id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))
