"""Service accounts in the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from safelight_server.authz.roles import Role
from safelight_server.db.databases import Document
from safelight_server.db.table import Table
from safelight_server.errors import ConflictError
from safelight_server.service_accounts.errors import ServiceAccountExistsError
from safelight_server.service_accounts.model import ServiceAccount


class ServiceAccountStore:
    """Every service account; reads are of memory."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, account_id: str) -> ServiceAccount | None:
        """The account of this id."""
        document = self._table.get(account_id)
        return _account(document) if document else None

    def all(self) -> list[ServiceAccount]:
        """Every account, by name."""
        return sorted(map(_account, self._table), key=lambda account: account.name)

    async def insert(self, account: ServiceAccount) -> None:
        """Add an account.

        Raises:
            ServiceAccountExistsError: the name is taken
        """
        fields = {"name": account.name, "role": account.role.value, "description": account.description}
        try:
            await self._table.insert({"_id": account.id, **fields, "created_at": account.created_at})
        except ConflictError:
            raise ServiceAccountExistsError(account.name) from None

    async def update(self, account_id: str, changes: Mapping[str, Any]) -> ServiceAccount | None:
        """Set the given fields; the account as it is now, or None.

        Raises:
            ServiceAccountExistsError: the new name is taken
        """
        if not changes:
            return self.get(account_id)
        try:
            document = await self._table.update(account_id, {"$set": dict(changes)})
        except ConflictError:
            raise ServiceAccountExistsError(changes["name"]) from None
        return _account(document) if document else None

    async def delete(self, account_id: str) -> None:
        """Delete an account."""
        await self._table.delete(account_id)


def _account(document: Document) -> ServiceAccount:
    return ServiceAccount(
        id=document["_id"],
        name=document["name"],
        role=Role(document["role"]),
        description=document["description"],
        created_at=document["created_at"],
    )
