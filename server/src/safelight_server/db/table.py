"""One small collection of the server's own database, and its copy in memory; `replica` keeps it current."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorCollection
from pymongo import ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from safelight_server.db.databases import Document
from safelight_server.errors import ConflictError

Key = str | ObjectId
Listener = Callable[[Key], None]


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

    async def update_relying_on(
        self, other: Mapping[str, Any], key: Key, change: Mapping[str, Any]
    ) -> Document | None:
        """Change a document if there is another one that matches `other`, and stays so until this is done.

        Both are written, in one transaction: of two changes that rely on each other's documents one comes
        second, and finds that there is nothing to rely on any more.

        Args:
            other: what must be true of another document
            key: the `_id` of the document to change
            change: update operators

        Returns:
            the document as it is now, or None when there is none

        Raises:
            ConflictError: no other document matches
        """

        async def both(session: AsyncIOMotorClientSession) -> list[Document] | None:
            touched = await self._collection.find_one_and_update(
                {**other, "_id": {"$ne": key}},
                {"$inc": {"revision": 1}},
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            if touched is None:
                raise ConflictError(f"{self.name}: nothing but {key} is {dict(other)}")
            changed = await self._collection.find_one_and_update(
                {"_id": key},
                {**change, "$inc": {"revision": 1}},
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            return [touched, changed] if changed else None

        async with await self._collection.database.client.start_session() as session:
            written = await session.with_transaction(
                both, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
        for document in written or ():
            self._put(document)
        return written[-1] if written else None

    async def delete(self, key: Key, condition: Mapping[str, Any] | None = None) -> bool:
        """Delete a document, if the condition is true of it; say whether it was deleted."""
        # From now on until the stream tells of the deletion, older news of the document do not count.
        self._deleted.add(key)
        deleted = False
        try:
            result = await self._collection.delete_one({**(condition or {}), "_id": key})
            deleted = bool(result.deleted_count)
        finally:
            if not deleted:
                self._deleted.discard(key)
        if deleted:
            self._remove(key)
        else:
            await self.refresh(key)
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
