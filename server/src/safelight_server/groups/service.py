"""What can be done with groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from safelight_server.authn.principals import Principals
from safelight_server.authz.principal import Principal
from safelight_server.datasets.store import AccessListStore
from safelight_server.groups.errors import GroupNotFoundError
from safelight_server.groups.model import Group
from safelight_server.groups.store import GroupStore
from safelight_server.identifiers import new_id, now


class GroupService:
    """Adds, changes and deletes groups.

    Args:
        groups: where they are kept
        principals: who can be a member
        access_lists: what names a group
    """

    def __init__(self, groups: GroupStore, principals: Principals, access_lists: AccessListStore) -> None:
        self._groups = groups
        self._principals = principals
        self._access_lists = access_lists

    def find(self, id_or_name: str) -> Group:
        """The group of this id or name.

        Raises:
            GroupNotFoundError: there is none
        """
        group = self._groups.get(id_or_name) or self._groups.by_name(id_or_name)
        if group is None:
            raise GroupNotFoundError(id_or_name)
        return group

    def all(self) -> list[Group]:
        """Every group, by name."""
        return self._groups.all()

    async def create(self, name: str, description: str | None, members: Sequence[str] = ()) -> Group:
        """Add a group.

        Raises:
            GroupExistsError: the name is taken
            PrincipalNotFoundError: there is no such user or service account
        """
        resolved = tuple(member.id for member in self._resolve(members))
        group = Group(new_id(), name, description, resolved, now())
        await self._groups.insert(group)
        return group

    async def change(
        self,
        group: Group,
        *,
        name: str | None = None,
        description: str | None = None,
        members: Sequence[str] | None = None,
    ) -> Group:
        """Change what is given; `members` are then all of them.

        Raises:
            GroupExistsError: the new name is taken
            PrincipalNotFoundError: there is no such user or service account
        """
        changes: dict[str, Any] = {"name": name, "description": description}
        if members is not None:
            changes["members"] = [member.id for member in self._resolve(members)]
        given = {field: value for field, value in changes.items() if value is not None}
        return _still_there(group, await self._groups.update(group.id, given))

    async def add(self, group: Group, members: Sequence[str]) -> Group:
        """Add members.

        Raises:
            PrincipalNotFoundError: there is no such user or service account
        """
        resolved = [member.id for member in self._resolve(members)]
        return _still_there(group, await self._groups.add(group.id, resolved))

    async def remove(self, group: Group, members: Sequence[str]) -> Group:
        """Remove members.

        Raises:
            PrincipalNotFoundError: there is no such user or service account
        """
        resolved = [member.id for member in self._resolve(members)]
        return _still_there(group, await self._groups.remove(group.id, resolved))

    async def delete(self, group: Group) -> None:
        """Delete a group, and first what it gave its members."""
        for access_list in self._access_lists.naming_group(group.id):
            await self._access_lists.remove_group(access_list.dataset_id, group.id)
        await self._groups.delete(group.id)

    def members(self, group: Group) -> list[Principal]:
        """Its members, by name."""
        found = [self._principals.get(member) for member in group.members]
        return sorted((each for each in found if each), key=lambda principal: principal.name)

    def _resolve(self, members: Sequence[str]) -> list[Principal]:
        return list({each.id: each for each in map(self._principals.find, members)}.values())


def _still_there(group: Group, changed: Group | None) -> Group:
    if changed is None:
        raise GroupNotFoundError(group.name)
    return changed
