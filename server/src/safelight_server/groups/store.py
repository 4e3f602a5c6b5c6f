"""Groups in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from safelight_server.db.databases import Document
from safelight_server.db.table import Table
from safelight_server.errors import ConflictError
from safelight_server.groups.errors import GroupExistsError
from safelight_server.groups.model import Group


class GroupStore:
    """Every group; reads are of memory."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, group_id: str) -> Group | None:
        """The group of this id."""
        document = self._table.get(group_id)
        return _group(document) if document else None

    def by_name(self, name: str) -> Group | None:
        """The group of this name."""
        return next((_group(each) for each in self._table if each["name"] == name), None)

    def all(self) -> list[Group]:
        """Every group, by name."""
        return sorted(map(_group, self._table), key=lambda group: group.name)

    def of_member(self, principal_id: str) -> list[Group]:
        """The groups of a user or service account, by name."""
        return [group for group in self.all() if principal_id in group.members]

    async def insert(self, group: Group) -> None:
        """Add a group.

        Raises:
            GroupExistsError: the name is taken
        """
        fields = {"name": group.name, "description": group.description, "members": list(group.members)}
        try:
            await self._table.insert({"_id": group.id, **fields, "created_at": group.created_at})
        except ConflictError:
            raise GroupExistsError(group.name) from None

    async def update(self, group_id: str, changes: Mapping[str, Any]) -> Group | None:
        """Set the given fields; the group as it is now, or None.

        Raises:
            GroupExistsError: the new name is taken
        """
        if not changes:
            return self.get(group_id)
        try:
            return await self._change(group_id, {"$set": dict(changes)})
        except ConflictError:
            raise GroupExistsError(changes["name"]) from None

    async def add(self, group_id: str, members: Iterable[str]) -> Group | None:
        """Add members; who is one already stays one."""
        return await self._change(group_id, {"$addToSet": {"members": {"$each": list(members)}}})

    async def remove(self, group_id: str, members: Iterable[str]) -> Group | None:
        """Remove members."""
        return await self._change(group_id, {"$pull": {"members": {"$in": list(members)}}})

    async def delete(self, group_id: str) -> None:
        """Delete a group."""
        await self._table.delete(group_id)

    async def _change(self, group_id: str, change: Mapping[str, Any]) -> Group | None:
        document = await self._table.update(group_id, change)
        return _group(document) if document else None


def _group(document: Document) -> Group:
    return Group(
        id=document["_id"],
        name=document["name"],
        description=document["description"],
        members=tuple(document["members"]),
        created_at=document["created_at"],
    )
