"""A web socket that ends with the session it was opened in, even if nobody asks for anything through it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: "Policy violation": who comes again is asked for the password.
CODE = 1008


async def lasting(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, over: Callable[[], Awaitable[None]]
) -> None:
    """Serves the socket until `app` is done; closes it, which the server tells `app`, once `over` is."""
    closed = False

    async def sending(message: Message) -> None:
        if not closed:
            await send(message)

    async def ending() -> None:
        nonlocal closed
        await over()
        closed = True
        # It has gone by itself meanwhile.
        with contextlib.suppress(OSError):
            await send({"type": "websocket.close", "code": CODE})

    watching = asyncio.create_task(ending())
    try:
        await app(scope, receive, sending)
    finally:
        watching.cancel()
        await asyncio.wait({watching})
