"""The end of a principal: everything by which it had access goes before it does.

Each step takes something away and may be repeated, so an interrupted deletion leaves less access, never more,
and is finished by asking for it again.
"""

from __future__ import annotations

from safelight_server.api_keys.store import ApiKeyStore
from safelight_server.datasets.store import AccessListStore
from safelight_server.groups.store import GroupStore


class Membership:
    """What knows users and service accounts by their id."""

    def __init__(self, keys: ApiKeyStore, groups: GroupStore, access_lists: AccessListStore) -> None:
        self._keys = keys
        self._groups = groups
        self._access_lists = access_lists

    async def end(self, principal_id: str) -> None:
        """Revoke its keys, take it out of every group and access list."""
        await self._keys.delete_of_owner(principal_id)
        for group in self._groups.of_member(principal_id):
            await self._groups.remove(group.id, [principal_id])
        for access_list in self._access_lists.naming_user(principal_id):
            await self._access_lists.remove_user(access_list.dataset_id, principal_id)
