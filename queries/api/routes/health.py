"""Whether the process answers, whether it can answer questions, and its metrics."""

from typing import Annotated

import prometheus_client
from fastapi import APIRouter, Depends
from starlette.responses import Response

from queries.api.models import Health, Readiness
from queries.api.problems import documented
from queries.api.services import Services, services

router = APIRouter(tags=["health"])
keyed = APIRouter(tags=["health"])
#: Prometheus' text, by the version of its format.
TEXT = prometheus_client.CONTENT_TYPE_LATEST


@router.get("/healthz", summary="The process answers")
async def healthz() -> Health:
    """Says so as long as the process lives; asks nobody else."""
    return Health(status="ok")


@router.get("/readyz", summary="Questions can be answered", responses=documented("unavailable", "busy", "too-slow"))
async def readyz(here: Annotated[Services, Depends(services)]) -> Readiness:
    """Asks ClickHouse for nothing but a sign of life, once a second at most."""
    await here.readiness.expect()
    return Readiness(status="ready", clickhouse="answers")


@keyed.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus' text"}},
)
async def metrics() -> Response:
    """The same that C360_API_METRICS_PORT serves without a key."""
    return Response(prometheus_client.generate_latest(), headers={"Content-Type": TEXT})
