"""`/metrics`, for Prometheus. No label holds anybody's name; still, show it to your own network only."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

router = APIRouter(tags=["health"])


@router.get("/metrics", summary="Numbers for Prometheus", response_class=Response)
async def metrics() -> Response:
    """Everything that this process has counted since it started."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
