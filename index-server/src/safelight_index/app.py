"""The ASGI application."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from safelight_index.routes import ROUTES
from safelight_index.service import Service
from safelight_index.settings import Settings


def create_app(settings: Settings | None = None) -> Starlette:
    """Build the application.

    Args:
        settings: what to serve; read from the environment when None, as worker processes do
    """
    chosen = settings or Settings.read()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.service = Service(chosen)
        async with app.state.service.running():
            # What is there now stays: a collection that looks at it all makes requests wait for 20 ms.
            gc.freeze()
            yield

    app = Starlette(routes=ROUTES, lifespan=lifespan)
    # Starlette would build the Location from the Host header, which anybody can choose.
    app.router.redirect_slashes = False
    return app
