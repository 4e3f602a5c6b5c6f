"""Files and their metadata, and withdrawing them."""

from __future__ import annotations

import anyio.to_thread
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from safelight_index.downloads import FileResponse
from safelight_index.endpoints.guard import Exchange
from safelight_index.errors import UploadTooLargeError
from safelight_index.model import LocalResource
from safelight_index.names import project_of

_MAX_REASON = 1000


async def file(exchange: Exchange) -> Response:
    """Answer /packages/FILE and /packages/FILE.metadata; paths are decoded: "+" and "%2B" are the same."""
    request, service = exchange.request, exchange.service
    filename = request.path_params["filename"]
    exchange.require_package(project_of(filename))
    resource = await service.repository.resource(filename)
    response: Response
    if isinstance(resource, LocalResource):
        response = FileResponse(request, resource)
    else:
        from safelight_index.passthrough import fetch

        response = await fetch(service.client, request, resource)
    if request.method == "GET":
        exchange.audit(
            "download", file=filename, status=response.status_code, range=request.headers.get("range")
        )
    service.metrics.request("download")
    return response


async def yank(exchange: Exchange) -> Response:
    """Answer PUT /packages/FILE/yank: resolvers pass over it, and installers show the body as the reason."""
    reason = await _short_text(exchange)
    return await _set_yank(exchange, reason)


async def unyank(exchange: Exchange) -> Response:
    """Answer DELETE /packages/FILE/yank."""
    return await _set_yank(exchange, None)


async def _set_yank(exchange: Exchange, reason: str | None) -> Response:
    filename = exchange.request.path_params["filename"]
    exchange.require_package(project_of(filename))
    changed = await anyio.to_thread.run_sync(exchange.service.publishing.yank, filename, reason)
    exchange.audit("yank" if reason is not None else "unyank", file=filename, reason=reason)
    return JSONResponse({"filename": changed.filename, "yanked": changed.yanked})


async def _short_text(exchange: Exchange) -> str:
    content = b""
    try:
        async for chunk in exchange.request.stream():
            content += chunk
            if len(content) > _MAX_REASON:
                raise UploadTooLargeError(f"a reason has at most {_MAX_REASON} bytes")
    except ClientDisconnect:
        content = b""
    return content.decode("utf-8", errors="replace").strip()
