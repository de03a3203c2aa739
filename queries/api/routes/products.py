"""/v1/products: what is bought together."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from queries.api.etags import tagged
from queries.api.models import AffineProduct, Affinity
from queries.api.problems import documented
from queries.api.services import Services, services
from queries.runner import Runner
from schemas.ids import MAX_ENTITY

router = APIRouter(prefix="/v1/products", tags=["products"], responses=documented("not-found", "too-slow"))


@router.get("/{product_id}/affinity", summary="What its buyers bought besides", response_model=Affinity)
async def affinity(
    request: Request,
    here: Annotated[Services, Depends(services)],
    product_id: Annotated[int, Path(ge=1, le=MAX_ENTITY, description="the product")],
    limit: Annotated[int, Query(ge=1, le=1000, description="so many products")] = 10,
) -> Response:
    """The products most often bought by the same customers, the most first."""

    def ask(runner: Runner) -> Affinity:
        found = runner.cypher("product_affinity", {"product_id": product_id, "limit": limit})
        return Affinity(
            product_id=product_id, bought_besides=[AffineProduct.model_validate(row) for row in found.records()]
        )

    return tagged(request, await here.runners.run(ask))
