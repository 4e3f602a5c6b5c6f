"""The server's own database, held in memory and kept current by one change stream.

Every request and every command of every client needs to know who asks and what they may do, so this must not
cost a round trip. Each server process therefore holds a copy of the few small collections that say so. What
this process writes it sees at once; what another process writes arrives within milliseconds.

Three rules keep the copy honest:

* each document carries a `revision` that grows with every change, so an event that comes late cannot undo a
  newer write of ours;
* a process that does not hear from the stream says so (`ensure_live`): it must not go on serving people whose
  keys may have been revoked;
* whoever is about to refuse something for want of a document asks the database first (`Table.refresh`): the
  other process's write may be on its way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Final

from motor.motor_asyncio import AsyncIOMotorChangeStream
from pymongo.errors import PyMongoError

from safelight_server.db.databases import Database, Document
from safelight_server.db.table import Table
from safelight_server.errors import UnavailableError

logger = logging.getLogger(__name__)

_POLL_MS: Final = 500
_LIVE_S: Final = 3.0
_RETRY_S: Final = 0.5


class Replica:
    """Every table, and the task that keeps them current.

    Args:
        database: the server's own
        names: its collections that are held in memory
    """

    def __init__(self, database: Database, names: tuple[str, ...]) -> None:
        self._database = database
        self._tables = {name: Table(database[name]) for name in names}
        self._heard_at = 0.0
        self._heard = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    @property
    def is_live(self) -> bool:
        """Whether the stream was heard from lately."""
        return time.monotonic() - self._heard_at < _LIVE_S

    async def ensure_live(self, timeout_s: float = 20.0) -> None:
        """Return at once while the copy is current, else when it is again.

        Raises:
            UnavailableError: it does not become so in time
        """
        deadline = time.monotonic() + timeout_s
        while not self.is_live:
            self._heard.clear()
            try:
                await asyncio.wait_for(self._heard.wait(), max(0.0, deadline - time.monotonic()))
            except asyncio.TimeoutError:
                raise UnavailableError(
                    "the server has lost touch with its database and cannot tell who may do what; try again"
                ) from None

    async def start(self) -> None:
        """Load every table and follow the changes until `stop`.

        Raises:
            PyMongoError: the database does not answer
        """
        stream = await self._open()
        self._task = asyncio.create_task(self._follow(stream), name="safelight-replica")

    async def stop(self) -> None:
        """End following."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _open(self) -> AsyncIOMotorChangeStream[Document]:
        """A stream that began before the tables were read, so that nothing falls between."""
        stream = self._database.watch(
            [{"$match": {"ns.coll": {"$in": list(self._tables)}}}],
            full_document="updateLookup",
            max_await_time_ms=_POLL_MS,
        )
        for table in self._tables.values():
            await table.reload()
        self._note_heard()
        return stream

    async def _follow(self, stream: AsyncIOMotorChangeStream[Document]) -> None:
        while True:
            try:
                async with stream:
                    while True:
                        event = await stream.try_next()
                        if event is not None:
                            await self._tables[event["ns"]["coll"]].apply(event)
                        self._note_heard()
            except PyMongoError as error:
                logger.warning("lost the change stream of %s: %s", self._database.name, error)
            stream = await self._reopen()

    async def _reopen(self) -> AsyncIOMotorChangeStream[Document]:
        while True:
            try:
                return await self._open()
            except PyMongoError as error:  # noqa: PERF203 - it sleeps anyway
                logger.warning("no change stream of %s: %s", self._database.name, error)
                await asyncio.sleep(_RETRY_S)

    def _note_heard(self) -> None:
        self._heard_at = time.monotonic()
        self._heard.set()
