"""The parts of one server process, and how they are put together."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

import anyio
import anyio.to_thread
import httpx

from safelight_index.audit import AuditLog
from safelight_index.blobs import BlobStore
from safelight_index.database import Database
from safelight_index.errors import CatalogueUnavailableError
from safelight_index.metrics import Metrics
from safelight_index.mirror import Mirror
from safelight_index.pages import PageCache
from safelight_index.publishing import Publishing
from safelight_index.repositories import (
    CatalogueRepository,
    FallbackRepository,
    NoRepository,
    ProxyRepository,
    RedirectRepository,
    Repository,
)
from safelight_index.settings import Fallback, Settings
from safelight_index.throttle import FailureThrottle
from safelight_index.tokens import Token, TokenStore
from safelight_index.uploads import LegacyUploads

_log = logging.getLogger(__name__)
_FLUSH_SECONDS = 30.0
_PUBLIC_INDEX_TIMEOUT = httpx.Timeout(30.0)


class Service:
    """Everything that a request handler needs; opened and closed with the process.

    Args:
        settings: what the server was told
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        database = Database(settings.state_dir)
        self.blobs = BlobStore(settings.state_dir)
        self.blobs.sweep()
        self.mirror = Mirror(database)
        self.audit = AuditLog(settings.state_dir)
        self.metrics = Metrics()
        self.pages = PageCache()
        self.publishing = Publishing(database, self.blobs)
        self.uploads = LegacyUploads(self.publishing)
        self.throttle = FailureThrottle(settings.failures_per_minute)
        self.repository = self._compose()
        self._tokens = TokenStore(database)
        self._uses: dict[str, float] = {}

    @cached_property
    def client(self) -> httpx.AsyncClient:
        """How the proxy reaches the public index; made at the first use, as most servers never proxy."""
        return httpx.AsyncClient(timeout=_PUBLIC_INDEX_TIMEOUT, follow_redirects=True)

    def note_use(self, token: Token) -> None:
        """Remember that a token was used; written to the store in the background."""
        self._uses[token.id] = time.time()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run what goes on beside the requests, and close everything at the end."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._flush_uses)
                yield
                group.cancel_scope.cancel()
        finally:
            self._store_uses()
            if "client" in vars(self):
                await self.client.aclose()
            self.mirror.close()
            self.audit.close()

    def _compose(self) -> Repository:
        private = CatalogueRepository(self.mirror.catalogue, self.blobs)
        public: Repository
        if self.settings.fallback is Fallback.REDIRECT:
            public = RedirectRepository(self.settings.public_index)
        elif self.settings.fallback is Fallback.PROXY:
            public = ProxyRepository(self.client, self.settings.public_index)
        else:
            public = NoRepository()
        return FallbackRepository(private, public, self.mirror.catalogue.private_names)

    async def _flush_uses(self) -> None:
        while True:
            await anyio.sleep(_FLUSH_SECONDS)
            await anyio.to_thread.run_sync(self._store_uses)

    def _store_uses(self) -> None:
        uses, self._uses = self._uses, {}
        try:
            self._tokens.record_uses(uses)
        except CatalogueUnavailableError as error:
            # Readers are told 503 already, and a note of last use is not worth more than they are.
            _log.warning("the last uses of %d tokens are lost: %s", len(uses), error)
