"""/v1/alerts: churn alerts, page by page, and as they arrive."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from queries.api.admission import bad_parameters
from queries.api.cursors import LONGEST, Place, cursor, place
from queries.api.etags import tagged
from queries.api.live import Position
from queries.api.models import Alerts
from queries.api.paging import alerts_of
from queries.api.parameters import Since
from queries.api.problems import Wrong, documented
from queries.api.services import Services, services
from schemas.ids import MAX_ENTITY

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])

Here = Annotated[Services, Depends(services)]
Kind = Annotated[Literal["raised", "recovered"] | None, Query(description="only these")]
Segment = Annotated[
    Literal["VIP", "Premium", "Regular", "Basic", "New"] | None, Query(description="only of this segment")
]
EVENTS = "text/event-stream"


@router.get("", summary="Churn alerts, the newest first", response_model=Alerts, responses=documented("too-slow"))
async def alerts(
    request: Request,
    here: Here,
    kind: Kind = None,
    segment: Segment = None,
    customer_id: Annotated[int | None, Query(ge=1, le=MAX_ENTITY, description="only of this customer")] = None,
    since: Annotated[Since | None, Query(description="only from this moment on, by as_of")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="so many on a page")] = 100,
    cursor_: Annotated[
        str | None, Query(alias="cursor", max_length=LONGEST, description="'next' of the page before, as it is")
    ] = None,
) -> Response:
    """A page; its `next` is the cursor of the one behind it, also as a Link header."""
    filters = {"kind": kind, "segment": segment, "customer_id": customer_id, "since": since}
    behind = place(cursor_, filters)
    found = await alerts_of(
        here.clickhouse,
        customer_id=customer_id, kind=kind, segment=segment, since=since, behind=behind, limit=limit + 1,
    )  # fmt: skip
    page, rest = found[:limit], found[limit:]
    following = cursor(Place(page[-1].as_of, page[-1].alert_id), filters) if rest else None
    answer = tagged(request, Alerts(alerts=page, next=following))
    if following:
        answer.headers["Link"] = f'<{request.url.include_query_params(cursor=following)}>; rel="next"'
    return answer


async def _placed(here: Here) -> AsyncIterator[None]:
    """A reader's place, from before Kafka is waited for until the last byte is sent (a dependency of FastAPI).

    Raises:
        BusyError: there is none.
    """
    with here.live.place(here.settings.api_streams):
        yield


@router.get(
    "/live",
    summary="Churn alerts as they arrive",
    response_class=Response,
    dependencies=[Depends(_placed)],
    responses={200: {"content": {EVENTS: {"schema": {"type": "string"}}}, "description": "server-sent events"}},
)
async def live(
    here: Here,
    kind: Kind = None,
    segment: Segment = None,
    last_event_id: Annotated[
        str | None, Header(max_length=4096, pattern=r"^[0-9:,]*$", description="go on behind this event")
    ] = None,
) -> Response:
    """Server-sent events without end: `alert` with an alert each, `gap` where some are no longer held here.

    Behind a gap, /v1/alerts has what is missing.
    """
    since = _position(last_event_id)
    await here.live.start()
    # Nobody in between may keep it back until it is large enough.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(here.live.events(since, kind, segment), media_type=EVENTS, headers=headers)


def _position(word: str | None) -> Position | None:
    try:
        return Position.parsed(word) if word else None
    except ValueError:
        message = "it is no id of an event of this stream: send the last one as it is, or none"
        raise bad_parameters([Wrong(parameter="Last-Event-ID", value=word, message=message)]) from None
