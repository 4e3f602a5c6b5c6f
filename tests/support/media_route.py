"""The App's media route in this process, asked as pages ask it."""

from __future__ import annotations

import asyncio

import httpx
from starlette.applications import Starlette


def fetch(path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Ask for a path.

    Args:
        path: what pages send as `filepath`
        method: GET or HEAD
        headers: of the request, with underscores for hyphens
    """
    return fetch_raw(str(httpx.QueryParams({"filepath": path})), method, **headers)


def fetch_raw(query: str, method: str = "GET", **headers: str) -> httpx.Response:
    """As `fetch`, with a query that is encoded already."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.request(method, f"/media?{query}", headers=named)

    return asyncio.run(ask())


def _app() -> Starlette:
    from fiftyone.server.routes.media import Media
    from starlette.routing import Route

    return Starlette(routes=[Route("/media", Media)])
