"""Is this process alive, and should it get requests? Asked by orchestrators, without a token."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from pymongo.errors import PyMongoError

from safelight_server.authn.dependencies import Services

router = APIRouter(tags=["health"])


@router.get("/health", summary="Whether the process runs")
async def health() -> PlainTextResponse:
    """Answers while the event loop turns; looks at nothing else: when it fails, a restart would help."""
    return PlainTextResponse("ok\n")


@router.get("/ready", summary="Whether to send it requests")
async def ready(services: Services) -> PlainTextResponse:
    """Looks at MongoDB: 503 while it does not answer, or while the process shuts down."""
    if services.work.stopping.is_set():
        return PlainTextResponse("shutting down\n", status_code=503)
    try:
        await services.databases.ping()
    except PyMongoError:
        return PlainTextResponse("MongoDB does not answer\n", status_code=503)
    if not services.replica.is_live:
        return PlainTextResponse("no news from MongoDB\n", status_code=503)
    return PlainTextResponse("ready\n")
