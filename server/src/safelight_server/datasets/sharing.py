"""Who has access to one dataset, and changes of it by whoever manages it."""

from __future__ import annotations

from safelight_server.authn.principals import Principals
from safelight_server.authz.access import AccessList, effective_level
from safelight_server.authz.levels import Level
from safelight_server.authz.principal import Principal
from safelight_server.datasets.errors import AboveRoleError
from safelight_server.datasets.model import Grant, Permission, Sharing
from safelight_server.datasets.service import Seen
from safelight_server.datasets.store import AccessListStore
from safelight_server.groups.model import Group
from safelight_server.groups.store import GroupStore
from safelight_server.users.store import UserStore


class SharingService:
    """Reads and changes access lists. The caller's right to that is `DatasetService.find_managed`.

    Args:
        lists: every access list
        principals: whom a list can name
        users: their names and emails
        groups: which groups a list can name
    """

    def __init__(
        self, lists: AccessListStore, principals: Principals, users: UserStore, groups: GroupStore
    ) -> None:
        self._lists = lists
        self._principals = principals
        self._users = users
        self._groups = groups

    def granted(self, dataset: Seen) -> Sharing:
        """What the access list says."""
        access_list = dataset.access_list
        users = [
            self._grant(principal, level)
            for key, level in access_list.users.items()
            if (principal := self._principals.get(key))
        ]
        return Sharing(Permission.of(access_list.default), _sorted(users), self._group_grants(access_list))

    def effective(self, dataset: Seen) -> Sharing:
        """What everybody has who has access, by whatever way."""
        levels = {
            principal: effective_level(principal, dataset.access_list) for principal in self._principals.all()
        }
        users = [self._grant(principal, level) for principal, level in levels.items() if level]
        default = Permission.of(dataset.access_list.default)
        return Sharing(default, _sorted(users), self._group_grants(dataset.access_list))

    async def set_default(self, dataset: Seen, permission: Permission) -> None:
        """Change what members have who are not named."""
        await self._ensure_list(dataset)
        await self._lists.set_default(dataset.id, permission.level)

    async def grant(self, dataset: Seen, principal: Principal, permission: Permission) -> None:
        """Grant a user or service account a permission.

        Raises:
            AboveRoleError: it is more than the role can have
        """
        cap = principal.role.cap
        if permission.level > cap:
            raise AboveRoleError(principal.name, principal.role.title, cap.title)
        await self._ensure_list(dataset)
        await self._lists.set_user(dataset.id, principal.id, permission.level)

    async def revoke(self, dataset: Seen, principal: Principal) -> None:
        """Take the grant of a user or service account away; what groups and the default give stays."""
        await self._lists.remove_user(dataset.id, principal.id)

    async def grant_group(self, dataset: Seen, group: Group, permission: Permission) -> None:
        """Grant a group a permission; each member gets as much of it as their role can have."""
        await self._ensure_list(dataset)
        await self._lists.set_group(dataset.id, group.id, permission.level)

    async def revoke_group(self, dataset: Seen, group: Group) -> None:
        """Take the grant of a group away."""
        await self._lists.remove_group(dataset.id, group.id)

    async def _ensure_list(self, dataset: Seen) -> None:
        if self._lists.get(dataset.id) is None:
            await self._lists.insert(AccessList(dataset.id))

    def _group_grants(self, access_list: AccessList) -> tuple[Grant, ...]:
        found = [
            Grant(group.id, group.name, Permission.of(level))
            for key, level in access_list.groups.items()
            if (group := self._groups.get(key))
        ]
        return _sorted(found)

    def _grant(self, principal: Principal, level: Level) -> Grant:
        user = self._users.get(principal.id)
        if user is None:
            return Grant(principal.id, principal.name, Permission.of(level))
        return Grant(user.id, user.name, Permission.of(level), user.email)


def _sorted(grants: list[Grant]) -> tuple[Grant, ...]:
    return tuple(sorted(grants, key=lambda grant: (grant.name, grant.id)))
