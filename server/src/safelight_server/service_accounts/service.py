"""What can be done with service accounts."""

from __future__ import annotations

from safelight_server.authz.roles import Role
from safelight_server.identifiers import new_id, now
from safelight_server.membership import Membership
from safelight_server.service_accounts.errors import ServiceAccountNotFoundError
from safelight_server.service_accounts.model import ServiceAccount
from safelight_server.service_accounts.store import ServiceAccountStore


class ServiceAccountService:
    """Adds, changes and deletes service accounts.

    Args:
        accounts: where they are kept
        membership: what else knows them: groups, keys, access lists
    """

    def __init__(self, accounts: ServiceAccountStore, membership: Membership) -> None:
        self._accounts = accounts
        self._membership = membership

    def find(self, account_id: str) -> ServiceAccount:
        """The account of this id.

        Raises:
            ServiceAccountNotFoundError: there is none
        """
        account = self._accounts.get(account_id)
        if account is None:
            raise ServiceAccountNotFoundError(account_id)
        return account

    def all(self) -> list[ServiceAccount]:
        """Every account, by name."""
        return self._accounts.all()

    async def create(self, name: str, role: Role, description: str | None) -> ServiceAccount:
        """Add an account.

        Raises:
            ServiceAccountExistsError: the name is taken
        """
        account = ServiceAccount(new_id(), name, role, description, now())
        await self._accounts.insert(account)
        return account

    async def change(
        self,
        account: ServiceAccount,
        *,
        name: str | None = None,
        role: Role | None = None,
        description: str | None = None,
    ) -> ServiceAccount:
        """Change what is given.

        Raises:
            ServiceAccountExistsError: the new name is taken
            ServiceAccountNotFoundError: somebody deleted the account meanwhile
        """
        given = {"name": name, "role": role.value if role else None, "description": description}
        changes = {field: value for field, value in given.items() if value is not None}
        changed = await self._accounts.update(account.id, changes)
        if changed is None:
            raise ServiceAccountNotFoundError(account.id)
        return changed

    async def delete(self, account: ServiceAccount) -> None:
        """Delete an account, and first everything by which it had access."""
        await self._membership.end(account.id)
        await self._accounts.delete(account.id)
