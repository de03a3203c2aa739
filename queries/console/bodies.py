"""Bodies of requests: none longer than the console takes, none that comes slowly, each whole before it is read."""

import asyncio
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import Message, Receive

#: Bytes of a form.
LONGEST_FORM = 1 << 14
#: Seconds that a body has, from its request's head on.
SECONDS = 10.0


class BodyError(Exception):
    """A body that is not taken: what to answer."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def has_body(headers: Headers) -> bool:
    """Whether something follows the head."""
    return headers.get("content-length", "0").strip("0") != "" or "transfer-encoding" in headers


async def taken(headers: Headers, receive: Receive, most: int, seconds: float = SECONDS) -> Receive:
    """Takes a request's body; what is to be heard in place of `receive`.

    Raises:
        BodyError: it is longer than `most` bytes, or takes longer than that.
    """
    if not has_body(headers):
        return receive
    too_long = BodyError(413, f"A request's body may have {most:,} bytes here.")
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:19]) > most:
        raise too_long
    came: list[Message] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while not came or came[-1].get("more_body", False):
                came.append(await receive())
                size += len(came[-1].get("body", b""))
                if size > most:
                    raise too_long
    except TimeoutError:
        raise BodyError(408, f"The request's body has not come within {seconds:g} s.") from None
    return _again(came, receive)


def _again(came: Iterable[Message], receive: Receive) -> Receive:
    """What came, and then what comes."""
    rest = iter(came)

    async def hearing() -> Message:
        for message in rest:
            return message
        return await receive()

    return hearing
