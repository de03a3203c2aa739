"""What is asked of every request of /v1 before it is looked at: a key, its rate, parameters that there are."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, get_origin

from fastapi import Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from queries.api import metrics
from queries.api.problems import ProblemError, Wrong
from queries.api.services import Services, services

_BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="Authorization: Bearer KEY")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key", description="the same key in a header")
#: By the path of a route: there is none that is asked with two methods.
_KNOWN: dict[str, dict[str, bool]] = {}
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="customer360"'}


async def admitted(
    request: Request,
    here: Annotated[Services, Depends(services)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    header: Annotated[str | None, Security(_HEADER)],
) -> None:
    """Lets a request with a known key in, as long as it keeps to its rate.

    Raises:
        ProblemError: 401 without a key that is known, 429 beyond the rate, 400 for a parameter that there is not.
    """
    key = bearer.credentials if bearer is not None else header
    if not key:
        metrics.refused().labels("key").inc()
        raise ProblemError(
            "no-key",
            "Send the key as 'Authorization: Bearer KEY' or as 'X-API-Key: KEY'. The embedded stack keeps its own in "
            "C360_HOME/secrets/api.",
            headers=_CHALLENGE,
        )
    name = here.keys.name_of(key)
    if name is None:
        metrics.refused().labels("key").inc()
        raise ProblemError(
            "wrong-key",
            "No key is like that. It may have been replaced: see C360_API_KEY, C360_API_KEYS_FILE and 'c360 rotate'.",
            headers={"WWW-Authenticate": _CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'},
        )
    _limit(here, name)
    _expect_known(request)


def _limit(here: Services, name: str) -> None:
    wait = here.limits.take(name)
    if wait > 0:
        metrics.refused().labels("rate").inc()
        rate = here.settings.api_requests_per_second
        raise ProblemError(
            "too-many-requests",
            f"The key {name!r} may send {rate:g} requests a second: wait {wait:.2f} s, or raise "
            "C360_API_REQUESTS_PER_SECOND.",
            headers={"Retry-After": str(math.ceil(wait))},
        )


def _expect_known(request: Request) -> None:
    """Refuses what would do nothing, and nobody would know: a parameter that there is not, or one given twice."""
    route = request.scope.get("route")
    known = _known(route) if isinstance(route, APIRoute) else {}
    wrong = []
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if name not in known:
            message = f"there is no such parameter; there are: {', '.join(known) or 'none'}"
            wrong.append(Wrong(parameter=name, value=values[0], message=message))
        elif len(values) > 1 and not known[name]:
            wrong.append(Wrong(parameter=name, value=", ".join(values), message="it is given more than once"))
    if wrong:
        raise bad_parameters(wrong)


def bad_parameters(wrong: list[Wrong]) -> ProblemError:
    """The problem of values that cannot be used."""
    first = wrong[0]
    value = f" {first.value!r}" if first.value is not None else ""
    return ProblemError("bad-parameter", f"The parameter '{first.parameter}'{value}: {first.message}.", wrong)


def _known(route: APIRoute) -> dict[str, bool]:
    """The query parameters of a route, and whether they may come more than once."""
    if route.path not in _KNOWN:
        fields = _fields(route.dependant)
        _KNOWN[route.path] = {field.alias: get_origin(_bare(field.field_info.annotation)) is list for field in fields}
    return _KNOWN[route.path]


def _fields(dependant: Any) -> Iterator[Any]:
    yield from dependant.query_params
    for below in dependant.dependencies:
        yield from _fields(below)


def _bare(annotation: Any) -> Any:
    """The type without '| None'."""
    inside = [one for one in getattr(annotation, "__args__", ()) if one is not type(None)]
    is_optional = get_origin(annotation) is not list and len(inside) == 1
    return inside[0] if is_optional else annotation
