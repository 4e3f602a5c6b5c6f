"""The simple API: pages of projects, and the list of them."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from safelight_index.endpoints.guard import Exchange
from safelight_index.model import Redirect
from safelight_index.names import normalise
from safelight_index.negotiation import negotiate
from safelight_index.responses import PAGE_CACHING, etag_of, is_fresh
from safelight_index.serializer import index_page


async def project(exchange: Exchange) -> Response:
    """Answer /NAME/ and /simple/NAME/ with the project's page, or send the client to the public index."""
    request, service = exchange.request, exchange.service
    name = normalise(request.path_params["name"])
    exchange.require_package(name)
    found = await service.repository.project(name)
    if name not in service.mirror.catalogue.private_names:
        service.metrics.fallback()
        exchange.audit("fallback", project=name)
    if isinstance(found, Redirect):
        return Response(
            status_code=HTTPStatus.FOUND, headers={"Location": found.location, "Cache-Control": "no-store"}
        )
    form = negotiate(request.headers.get("accept", ""))
    page = service.pages.page(found, form, depth=2 if request.scope["path"].startswith("/simple/") else 1)
    service.metrics.request("page")
    return _page_response(exchange, page.content, page.etag, form.value)


async def index(exchange: Exchange) -> Response:
    """Answer / and /simple/ with the list of private projects."""
    request = exchange.request
    form = negotiate(request.headers.get("accept", ""))
    projects = await exchange.service.repository.project_names()
    names = [name for name in projects if exchange.token.covers(name)]
    content = index_page(names, form, prefix="simple/" if request.scope["path"] == "/" else "")
    return _page_response(exchange, content, etag_of(content), form.value)


async def add_slash(exchange: Exchange) -> Response:
    """Answer /NAME and /simple/NAME: pages have a slash at the end (PEP 503). The Location is relative."""
    name = normalise(exchange.request.path_params["name"])
    return Response(status_code=HTTPStatus.MOVED_PERMANENTLY, headers={"Location": f"{name}/"})


def _page_response(exchange: Exchange, content: bytes, etag: str, media_type: str) -> Response:
    headers = {"ETag": etag, "Cache-Control": PAGE_CACHING, "Vary": "Accept, Authorization"}
    if is_fresh(exchange.request, etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers | {"Content-Type": media_type})
