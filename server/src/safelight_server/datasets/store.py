"""Access lists in the database: one document per dataset, of the dataset's own id.

They are outside the database that clients can write, so no client can change its own rights.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bson import ObjectId

from safelight_server.authz.access import AccessList
from safelight_server.authz.levels import Level
from safelight_server.datasets.errors import DatasetIdInUseError
from safelight_server.db.databases import Document
from safelight_server.db.table import Listener, Table
from safelight_server.errors import ConflictError
from safelight_server.identifiers import now


class AccessListStore:
    """Every access list; reads are of memory."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lists: dict[ObjectId, AccessList] = {}
        self._generated: dict[ObjectId, AccessList] = {}
        table.subscribe(self._parse)

    @property
    def version(self) -> int:
        """Grows with every change of any list."""
        return self._table.version

    def subscribe(self, listener: Listener) -> None:
        """As `Table.subscribe`."""
        self._table.subscribe(listener)

    def get(self, dataset_id: ObjectId) -> AccessList | None:
        """The list of one dataset."""
        return self._lists.get(dataset_id)

    def all(self) -> Mapping[ObjectId, AccessList]:
        """Every list, by dataset; a view, not a copy."""
        return self._lists

    def generated(self) -> Collection[AccessList]:
        """The lists of generated datasets; a view, not a copy."""
        return self._generated.values()

    def naming_user(self, principal_id: str) -> list[AccessList]:
        """The lists that name this user or service account."""
        return [each for each in self._lists.values() if principal_id in each.users]

    def naming_group(self, group_id: str) -> list[AccessList]:
        """The lists that name this group."""
        return [each for each in self._lists.values() if group_id in each.groups]

    async def insert(self, access_list: AccessList) -> None:
        """Add the list of a dataset.

        Raises:
            DatasetIdInUseError: there is one
        """
        try:
            await self._table.insert(_document(access_list))
        except ConflictError:
            raise DatasetIdInUseError(access_list.dataset_id) from None

    async def refresh(self, dataset_id: ObjectId) -> AccessList | None:
        """The list of one dataset, as another server process may just have written it."""
        await self._table.refresh(dataset_id)
        return self._lists.get(dataset_id)

    async def set_default(self, dataset_id: ObjectId, level: Level) -> None:
        """Change what everybody has whose role has default access."""
        await self._set(dataset_id, "default", level.name)

    async def set_user(self, dataset_id: ObjectId, principal_id: str, level: Level) -> None:
        """Grant a user or service account a level."""
        await self._set(dataset_id, f"users.{principal_id}", level.name)

    async def set_group(self, dataset_id: ObjectId, group_id: str, level: Level) -> None:
        """Grant a group a level."""
        await self._set(dataset_id, f"groups.{group_id}", level.name)

    async def remove_user(self, dataset_id: ObjectId, principal_id: str) -> None:
        """Take a user's or service account's own grant away."""
        await self._table.update(dataset_id, {"$unset": {f"users.{principal_id}": ""}})

    async def remove_group(self, dataset_id: ObjectId, group_id: str) -> None:
        """Take a group's grant away."""
        await self._table.update(dataset_id, {"$unset": {f"groups.{group_id}": ""}})

    async def set_source(self, dataset_id: ObjectId, source: ObjectId) -> None:
        """Say what a generated dataset was computed from, unless that is known."""
        await self._table.update(
            dataset_id, {"$set": {"source": source}}, {"generated": True, "source": None}
        )

    async def delete(self, dataset_id: ObjectId) -> None:
        """Forget a dataset."""
        await self._table.delete(dataset_id)

    async def _set(self, dataset_id: ObjectId, field: str, value: Any) -> None:
        await self._table.update(dataset_id, {"$set": {field: value}})

    def _parse(self, dataset_id: Any) -> None:
        document = self._table.get(dataset_id)
        self._generated.pop(dataset_id, None)
        if document is None:
            self._lists.pop(dataset_id, None)
            return
        parsed = self._lists[dataset_id] = _access_list(document)
        if parsed.generated:
            self._generated[dataset_id] = parsed


def _document(access_list: AccessList) -> Document:
    return {
        "_id": access_list.dataset_id,
        "created_by": access_list.created_by,
        "default": access_list.default.name,
        "users": {key: level.name for key, level in access_list.users.items()},
        "groups": {key: level.name for key, level in access_list.groups.items()},
        "generated": access_list.generated,
        "source": access_list.source,
        "created_at": now(),
    }


def _access_list(document: Document) -> AccessList:
    return AccessList(
        dataset_id=document["_id"],
        created_by=document["created_by"],
        default=Level[document["default"]],
        users={key: Level[name] for key, name in document["users"].items()},
        groups={key: Level[name] for key, name in document["groups"].items()},
        generated=document["generated"],
        source=document["source"],
    )
