"""Routes of written queries: one for each, with its own parameters, and the list of them."""

import inspect
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from queries.api.etags import tagged
from queries.api.models import Catalogue, QueryDescription, QueryParameter, Rows
from queries.api.parameters import annotation
from queries.api.problems import ProblemError, documented
from queries.api.services import Services, services
from queries.catalogue import Language, Query, catalogue, find
from schemas.errors import UsageError


def router_of(language: Language, prefix: str, tag: str) -> APIRouter:
    """The routes of a catalogue."""
    router = APIRouter(prefix=prefix, tags=[tag], responses=documented("not-found", "too-slow", "too-much"))
    router.add_api_route("", _listing(language), response_model=Catalogue, summary=f"The {tag} there are", name=tag)
    for query in catalogue(language):
        router.add_api_route(
            f"/{query.name}",
            _asking(query),
            response_model=Rows,
            summary=query.purpose,
            description="\n".join(f"- `{name}`: {meaning}" for name, meaning in query.columns.items()),
            name=query.name,
            operation_id=f"{tag}_{query.name}",
        )

    async def unknown(name: str) -> Response:
        try:
            query = find(language, name)
        except UsageError as error:
            raise ProblemError("not-found", str(error)) from None
        raise ProblemError("not-found", f"It is asked for by its name: {request_path(prefix, query)}.")

    router.add_api_route("/{name}", unknown, include_in_schema=False)
    return router


def request_path(prefix: str, query: Query) -> str:
    """The path of a query."""
    return f"{prefix}/{query.name}"


def _listing(language: Language) -> Any:
    async def listing(request: Request) -> Response:
        return tagged(request, Catalogue(queries=[_described(query) for query in catalogue(language)]))

    return listing


def _asking(query: Query) -> Any:
    async def asking(request: Request, here: Services, **given: object) -> Response:
        asked = {name: value for name, value in given.items() if value is not None}
        return tagged(request, await here.answers.rows(query, asked))

    parameters = [
        inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request),
        inspect.Parameter(
            "here", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[Services, Depends(services)]
        ),
        *(
            inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation(one), default=None)
            for one in query.parameters
        ),
    ]  # fmt: skip
    # FastAPI reads what an operation takes from its signature.
    asking.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return asking


def _described(query: Query) -> QueryDescription:
    return QueryDescription(
        number=query.number,
        name=query.name,
        purpose=query.purpose,
        parameters=[
            QueryParameter(name=one.name, type=one.type, default=one.default or f"@{one.source}", meaning=one.meaning)
            for one in query.parameters
        ],
        columns=query.columns,
    )
