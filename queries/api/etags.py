"""ETags: a hash of the very bytes, so that an equal tag is an equal answer, whatever became of the rows meanwhile."""

import hashlib

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"


def etag(body: bytes) -> str:
    """The strong tag of a body, quotes included."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def matches(wanted: str, tag: str) -> bool:
    """Whether an If-None-Match names the tag (RFC 9110, 13.1.2: weak comparison)."""
    found = [word.strip().removeprefix("W/") for word in wanted.split(",")]
    return "*" in found or tag in found


def tagged(request: Request, body: BaseModel | bytes) -> Response:
    """The answer with its tag; 304 without a body for who has it already."""
    content = body if isinstance(body, bytes) else body.model_dump_json().encode()
    tag = etag(content)
    # Personal data: kept by the caller alone, and asked about before it is used again.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=JSON, headers=headers)
