"""The web application: routes, middleware, and how errors become answers."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI

import safelight_server.api_keys.routes
import safelight_server.datasets.routes
import safelight_server.gateway.routes
import safelight_server.groups.routes
import safelight_server.invitations.routes
import safelight_server.organization.routes
import safelight_server.service_accounts.routes
import safelight_server.users.routes
from safelight_server import __version__
from safelight_server.container import Container, open_container
from safelight_server.invitations import join_page
from safelight_server.observability import health, metrics
from safelight_server.observability.requests import RequestContext
from safelight_server.problems import add_error_handlers
from safelight_server.settings import Settings

logger = logging.getLogger(__name__)

API: Final = "/api/v1"
_ROUTERS: Final[tuple[APIRouter, ...]] = (
    safelight_server.users.routes.router,
    safelight_server.groups.routes.router,
    safelight_server.service_accounts.routes.router,
    safelight_server.api_keys.routes.router,
    safelight_server.invitations.routes.router,
    safelight_server.organization.routes.router,
    safelight_server.datasets.routes.router,
    safelight_server.gateway.routes.router,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application of one server process.

    Args:
        settings: read from the environment when None
    """
    chosen = settings or Settings.read()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_container(chosen) as container:
            app.state.container = container
            _warn_of_missing_accounts(container)
            yield

    app = FastAPI(
        title="Safelight",
        version=__version__,
        summary="Users, keys and dataset permissions of a Safelight team",
        lifespan=lifespan,
        openapi_url=f"{API}/openapi.json",
        docs_url=f"{API}/docs",
        redoc_url=None,
    )
    for router in _ROUTERS:
        app.include_router(router, prefix=API)
    app.include_router(join_page.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    add_error_handlers(app)
    app.add_middleware(RequestContext, max_body=chosen.max_body_kib * 1024)
    return app


def _warn_of_missing_accounts(container: Container) -> None:
    if missing := container.databases.missing_accounts():
        logger.warning(
            "not set: %s. Clients' commands run with the server's own account at MongoDB, where nothing"
            " stops what the policy might let through: run `safelight-server bootstrap`",
            ", ".join(missing),
        )
