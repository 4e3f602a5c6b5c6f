"""What operators and puzzled users ask."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from safelight_index.endpoints.guard import Exchange
from safelight_index.errors import DistributionNotFoundError, IndexServerError
from safelight_index.responses import error_response
from safelight_index.service import Service


async def whoami(exchange: Exchange) -> Response:
    """Answer GET /whoami: what this index knows of the token."""
    token = exchange.token
    return JSONResponse(
        {
            "id": token.id,
            "name": token.name,
            "scope": token.scope.value,
            "packages": list(token.packages),
            "created_at": token.created_at.isoformat(),
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        },
        headers={"Cache-Control": "no-store"},
    )


async def metrics(exchange: Exchange) -> Response:
    """Answer GET /metrics: this process's counters, for Prometheus."""
    return PlainTextResponse(exchange.service.metrics.text(), media_type="text/plain; version=0.0.4")


async def nothing(exchange: Exchange) -> Response:
    """Answer every other address, once the token is known to be good."""
    raise DistributionNotFoundError(f"there is nothing at {exchange.request.scope['path']!r}")


async def health(_request: Request) -> Response:
    """Answer GET /health: the process runs."""
    return PlainTextResponse("ok\n")


async def ready(request: Request) -> Response:
    """Answer GET /ready: the catalogue can be read."""
    service: Service = request.app.state.service
    try:
        service.mirror.refresh()
    except IndexServerError as error:
        return error_response(request, error)
    return PlainTextResponse("ready\n")
