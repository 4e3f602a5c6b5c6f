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
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorChangeStream, AsyncIOMotorCollection
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from safelight_server.db.databases import Database, Document
from safelight_server.errors import ConflictError, UnavailableError

logger = logging.getLogger(__name__)

Key = str | ObjectId
Listener = Callable[[Key], None]

_POLL_MS: Final = 500
_LIVE_S: Final = 3.0
_RETRY_S: Final = 0.5


class Table:
    """One collection and its copy in memory. Reads are of the copy; writes go to both.

    Documents are shared: whoever gets one must not change it.
    """

    def __init__(self, collection: AsyncIOMotorCollection[Document]) -> None:
        self.name = collection.name
        self._collection = collection
        self._documents: dict[Key, Document] = {}
        self._deleted: set[Key] = set()
        self._listeners: list[Listener] = []
        self.version = 0

    def get(self, key: Key) -> Document | None:
        """The document of this `_id`, if there is one."""
        return self._documents.get(key)

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._documents.values()))

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with the `_id` of every document that changed, was added or deleted."""
        self._listeners.append(listener)

    async def insert(self, document: Document) -> Document:
        """Add a document.

        Raises:
            ConflictError: its `_id`, or another unique value, is taken
        """
        complete = {**document, "revision": 1}
        try:
            await self._collection.insert_one(complete)
        except DuplicateKeyError as error:
            taken = ", ".join(map(str, (error.details or {}).get("keyValue", {}).values()))
            raise ConflictError(f"{self.name}: {taken or document['_id']} is taken") from None
        self._deleted.discard(complete["_id"])
        self._put(complete)
        return complete

    async def update(
        self, key: Key, change: Mapping[str, Any], condition: Mapping[str, Any] | None = None
    ) -> Document | None:
        """Change a document.

        Args:
            key: its `_id`
            change: update operators
            condition: what else must be true of it

        Returns:
            the document as it is now, or None when none matches

        Raises:
            ConflictError: a unique value is taken
        """
        increments = {**change.get("$inc", {}), "revision": 1}
        try:
            changed = await self._collection.find_one_and_update(
                {**(condition or {}), "_id": key},
                {**change, "$inc": increments},
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            raise ConflictError(f"{self.name}: the new name is taken") from None
        if changed is not None:
            self._put(changed)
        return changed

    async def delete(self, key: Key) -> bool:
        """Delete a document; say whether it was there."""
        # From now on until the stream tells of the deletion, older news of the document do not count.
        self._deleted.add(key)
        deleted = False
        try:
            deleted = bool((await self._collection.delete_one({"_id": key})).deleted_count)
        finally:
            if not deleted:
                self._deleted.discard(key)
        self._remove(key)
        return deleted

    async def refresh(self, key: Key) -> Document | None:
        """Read one document from the database, and return it."""
        document = await self._collection.find_one({"_id": key})
        if document is not None:
            self._put(document)
        else:
            self._remove(key)
        return document

    async def reload(self) -> None:
        """Read the whole collection from the database."""
        found = {document["_id"]: document async for document in self._collection.find()}
        self._deleted.clear()
        for key in self._documents.keys() - found.keys():
            self._remove(key)
        for document in found.values():
            self._put(document)

    async def apply(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the change stream."""
        if "documentKey" not in event:  # dropped, renamed
            await self.reload()
            return
        key: Key = event["documentKey"]["_id"]
        if event["operationType"] == "delete":
            self._remove(key)
            self._deleted.discard(key)
        elif key not in self._deleted and event.get("fullDocument") is not None:
            self._put(event["fullDocument"])

    def _put(self, document: Document) -> None:
        key = document["_id"]
        known = self._documents.get(key)
        if known is None or known.get("revision", 0) < document.get("revision", 0):
            self._documents[key] = document
            self._changed(key)

    def _remove(self, key: Key) -> None:
        if self._documents.pop(key, None) is not None:
            self._changed(key)

    def _changed(self, key: Key) -> None:
        self.version += 1
        for listener in self._listeners:
            listener(key)


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
