"""Server processes without the HTTP around them, on the same databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from safelight_server.bootstrap import migrate_database
from safelight_server.container import Container, open_container
from safelight_server.settings import Settings


@asynccontextmanager
async def containers(settings: Settings, count: int = 1) -> AsyncIterator[list[Container]]:
    """That many server processes on the same databases."""
    await migrate_database(settings)
    async with open_container(settings) as first:
        if count == 1:
            yield [first]
        else:
            async with containers(settings, count - 1) as others:
                yield [first, *others]


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a test; it ends."""

    async def timed() -> None:
        await asyncio.wait_for(main(), 60)

    asyncio.run(timed())
