"""What went wrong, as RFC 9457 has it: application/problem+json with a type, a status and one line of advice.

Source: https://www.rfc-editor.org/rfc/rfc9457
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from schemas.errors import AbsentError, BusyError, C360Error, QueryError, SlowError, UnreachableError, UsageError

MEDIA_TYPE = "application/problem+json"
#: Every kind of problem: its status and its title. The type of a problem is PREFIX and the kind.
PREFIX = "urn:c360:problem:"
KINDS: dict[str, tuple[int, str]] = {
    "no-key": (401, "A key is needed"),
    "wrong-key": (401, "The key is not known"),
    "too-many-requests": (429, "Too many requests"),
    "bad-parameter": (400, "A parameter cannot be used"),
    "bad-request": (400, "The request cannot be read"),
    "too-much": (400, "The answer would be too large"),
    "no-such-path": (404, "There is no such path"),
    "no-such-method": (405, "The path has no such method"),
    "not-found": (404, "There is no such thing"),
    "body-too-large": (413, "The body is too large"),
    "head-too-large": (431, "The head is too large"),
    "too-slow": (504, "The query took too long"),
    "busy": (503, "All places are taken"),
    "nothing-yet": (503, "It has not been computed yet"),
    "unavailable": (503, "A server that is needed does not answer"),
    "failed": (500, "The request failed"),
}
#: Seconds after which it may be tried again, of problems that pass.
RETRY_SECONDS = {"nothing-yet": 60, "busy": 1, "unavailable": 5}
#: ClickHouse's numbers for an answer beyond its bounds (rows, bytes, memory), and beyond its time.
_TOO_MUCH = {"396", "241", "307", "158"}
_TOO_SLOW = {"159", "160"}
_CODE = re.compile(r"Code: (\d+)\.")


class Wrong(BaseModel):
    """One value that cannot be used."""

    model_config = ConfigDict(frozen=True)

    parameter: str = Field(description="its name")
    value: str | None = Field(description="what was given, as text; null where it is missing")
    message: str = Field(description="what is expected instead")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description=f"`{PREFIX}` and the kind of problem", examples=[f"{PREFIX}not-found"])
    title: str = Field(description="the kind in words")
    status: int = Field(description="the HTTP status", ge=400, le=599)
    detail: str = Field(description="what is wrong here, with which value, and what to do")
    instance: str = Field(description="the path that was asked for")
    request_id: str = Field(description="as in the header X-Request-ID; the log of the API has it too")
    errors: list[Wrong] = Field(default_factory=list, description="each value that cannot be used")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self, kind: str, detail: str, errors: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        if kind in RETRY_SECONDS:
            self.headers.setdefault("Retry-After", str(RETRY_SECONDS[kind]))

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind][0]

    def body(self, path: str, request_id: str) -> bytes:
        """The problem as JSON."""
        status, title = KINDS[self.kind]
        problem = Problem(
            type=PREFIX + self.kind,
            title=title,
            status=status,
            detail=self.detail,
            instance=path,
            request_id=request_id,
            errors=self.errors,
        )
        return to_json(problem)


def problem_of(error: C360Error) -> ProblemError:
    """The problem behind an error of this project; ClickHouse's are told apart by their number."""
    # A command line's words help nobody here.
    message = str(error).replace("--param ", "")
    kinds: tuple[tuple[type[C360Error], str], ...] = (
        (AbsentError, "not-found"),
        (UsageError, "bad-parameter"),
        (UnreachableError, "unavailable"),
        (BusyError, "busy"),
        (SlowError, "too-slow"),
    )
    for kind, name in kinds:
        if isinstance(error, kind):
            return ProblemError(name, message)
    code = _CODE.search(message)
    if isinstance(error, QueryError) and code and code[1] in _TOO_SLOW:
        return ProblemError("too-slow", f"{message} Ask for less.")
    if isinstance(error, QueryError) and code and code[1] in _TOO_MUCH:
        return ProblemError("too-much", f"{message} Give a smaller limit.")
    # The words of a refused statement are for the log: a caller did not write it.
    return ProblemError("failed", "The database refused the query. The log has its words under this request's id.")


def documented(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """The responses of these kinds, as FastAPI describes an operation's."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, title = KINDS[kind]
        before = found.get(status, {}).get("description", "")
        found[status] = {
            "model": Problem,
            "description": f"{before}; {title}" if before else title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found
