"""API keys in the database."""

from __future__ import annotations

from datetime import datetime

from safelight_server.api_keys.model import ApiKey
from safelight_server.db.databases import Document
from safelight_server.db.table import Table


class ApiKeyStore:
    """Every API key; reads are of memory."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._read: dict[str, tuple[Document, ApiKey]] = {}

    def get(self, key_id: str) -> ApiKey | None:
        """The key of this id. Every command of a client asks, so a document is read once."""
        document = self._table.get(key_id)
        if document is None:
            self._read.pop(key_id, None)
            return None
        known = self._read.get(key_id)
        if known is None or known[0] is not document:
            known = self._read[key_id] = document, _key(document)
        return known[1]

    async def find(self, key_id: str) -> ApiKey | None:
        """The key of this id, also when another server process made it this moment."""
        known = self.get(key_id)
        if known:
            return known
        document = await self._table.refresh(key_id)
        return _key(document) if document else None

    def of_owner(self, owner: str) -> list[ApiKey]:
        """The keys of a user or service account, oldest first."""
        keys = [_key(each) for each in self._table if each["owner"] == owner]
        return sorted(keys, key=lambda key: key.created_at)

    async def insert(self, key: ApiKey) -> None:
        """Add a key."""
        times = {"created_at": key.created_at, "expires_at": key.expires_at, "last_used_at": None}
        await self._table.insert(
            {"_id": key.id, "name": key.name, "owner": key.owner, "digest": key.digest, **times}
        )

    async def note_use(self, key_id: str, now: datetime) -> None:
        """Remember that it was used."""
        await self._table.update(key_id, {"$set": {"last_used_at": now}})

    async def delete(self, key_id: str) -> None:
        """Revoke a key."""
        await self._table.delete(key_id)

    async def delete_of_owner(self, owner: str) -> None:
        """Revoke every key of a user or service account."""
        for key in self.of_owner(owner):
            await self._table.delete(key.id)


def _key(document: Document) -> ApiKey:
    return ApiKey(
        id=document["_id"],
        name=document["name"],
        owner=document["owner"],
        digest=bytes(document["digest"]),
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        last_used_at=document["last_used_at"],
    )
