"""/v1/customers: one customer, and who is like them."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from queries.api.clickhouse import ClickHouse
from queries.api.etags import tagged
from queries.api.models import (
    Alert,
    Churn,
    Customer,
    Event,
    Features,
    Profile,
    Recommended,
    RecommendedProduct,
    Similar,
    SimilarCustomer,
)
from queries.api.paging import alerts_of
from queries.api.problems import ProblemError, documented
from queries.api.services import Services, services
from queries.database import Table
from queries.recommend.known import NothingYetError
from queries.runner import Runner
from schemas.errors import AbsentError
from schemas.ids import MAX_ENTITY

router = APIRouter(prefix="/v1/customers", tags=["customers"], responses=documented("not-found", "too-slow"))

CustomerId = Annotated[int, Path(ge=1, le=MAX_ENTITY, description="the customer")]
Here = Annotated[Services, Depends(services)]


@router.get("/{customer_id}", summary="All that is known of a customer", response_model=Customer)
async def customer(
    request: Request,
    here: Here,
    customer_id: CustomerId,
    activity: Annotated[int, Query(ge=0, le=500, description="so many of the latest events")] = 20,
) -> Response:
    """Profile, features, churn with its reason, and the latest events."""
    return tagged(request, await looked_up(here.clickhouse, customer_id, activity))


@router.get(
    "/{customer_id}/recommendations",
    summary="What a customer may like next, and why",
    response_model=Recommended,
    responses=documented("busy", "unavailable", "nothing-yet"),
)
async def recommendations(
    request: Request,
    here: Here,
    customer_id: CustomerId,
    limit: Annotated[int, Query(ge=1, le=200, description="so many products at most")] = 20,
) -> Response:
    """The customer's list of the last refresh, less what has been bought or sold out since."""
    try:
        found = await here.recommending.of(customer_id, limit)
    except NothingYetError as error:
        raise ProblemError("nothing-yet", str(error)) from None
    items = [RecommendedProduct.model_validate(item._asdict()) for item in found.items]
    return tagged(request, Recommended.model_validate({**vars(found), "items": items}))


@router.get("/{customer_id}/similar", summary="Who bought the same products", response_model=Similar)
async def similar(
    request: Request,
    here: Here,
    customer_id: CustomerId,
    limit: Annotated[int, Query(ge=1, le=1000, description="so many customers")] = 10,
) -> Response:
    """The customers with the most products in common, the most first."""

    def ask(runner: Runner) -> Similar:
        found = runner.cypher("similar_customers", {"customer_id": customer_id, "limit": limit})
        return Similar(
            customer_id=customer_id, similar=[SimilarCustomer.model_validate(row) for row in found.records()]
        )

    return tagged(request, await here.runners.run(ask))


async def looked_up(clickhouse: ClickHouse, customer_id: int, activity: int) -> Customer:
    """A customer by four questions at once.

    Raises:
        AbsentError: nothing is known under the id, or they are erased.
        C360Error: as ClickHouse.ask().
    """
    profile, features, events, alerts = await asyncio.gather(
        clickhouse.look("profile", customer_id=customer_id),
        clickhouse.look("features", customer_id=customer_id),
        clickhouse.look("activity", customer_id=customer_id, limit=max(1, activity)),
        alerts_of(clickhouse, customer_id=customer_id, limit=1),
    )
    known = _one(profile)
    if known is None and (_one(events) is None or await _is_erased(clickhouse, customer_id)):
        raise AbsentError(f"There is no customer {customer_id}: neither a record nor an event of theirs is stored.")
    counted = _one(features)
    found = None if counted is None else Features.model_validate(counted)
    return Customer(
        customer_id=customer_id,
        profile=None if known is None else Profile.model_validate(known),
        features=found,
        churn=None if found is None else _churn(found, alerts),
        activity=[Event.model_validate(row) for row in events.records()][:activity],
    )


async def _is_erased(clickhouse: ClickHouse, customer_id: int) -> bool:
    """Whether there were records, the last of which takes all others back."""
    return bool((await clickhouse.look("erased", customer_id=customer_id)).rows)


def _churn(features: Features, alerts: list[Alert]) -> Churn:
    latest = alerts[0] if alerts else None
    return Churn(
        score=features.churn_score,
        band=features.churn_band,
        as_of=features.as_of,
        reason=latest.reason if latest is not None and latest.kind == "raised" else None,
        alert=latest,
    )


def _one(table: Table) -> dict[str, object] | None:
    return next(iter(table.records()), None)
