"""Users and service accounts as the policy sees them."""

from __future__ import annotations

from safelight_server.authz.principal import Principal, PrincipalKind
from safelight_server.db.replica import Replica
from safelight_server.db.table import Key
from safelight_server.errors import NotFoundError
from safelight_server.groups.store import GroupStore
from safelight_server.service_accounts.store import ServiceAccountStore
from safelight_server.users.store import UserStore


class PrincipalNotFoundError(NotFoundError):
    """There is no such user or service account."""

    def __str__(self) -> str:
        return f"there is no user or service account {self.args[0]!r}"


class Principals:
    """Looks up who somebody is, with their groups; all in memory, since every command of a client asks.

    Args:
        replica: tells when what is remembered is out of date
        users: people
        accounts: programs
        groups: groups of both
    """

    def __init__(
        self, replica: Replica, users: UserStore, accounts: ServiceAccountStore, groups: GroupStore
    ) -> None:
        self._replica = replica
        self._users = users
        self._accounts = accounts
        self._groups = groups
        self._known: dict[str, Principal] = {}
        for name in ("users", "service_accounts", "groups"):
            replica[name].subscribe(self._forget)

    def get(self, principal_id: str) -> Principal | None:
        """The user or service account of this id: the same object until something about it changes."""
        known = self._known.get(principal_id)
        if known is None and (known := self._build(principal_id)):
            self._known[principal_id] = known
        return known

    async def learn(self, principal_id: str) -> None:
        """Ask the database for somebody unknown: another server process may have added them this moment."""
        if self.get(principal_id) is None:
            for name in ("users", "service_accounts"):
                await self._replica[name].refresh(principal_id)

    def all(self) -> list[Principal]:
        """Every user and service account."""
        ids = [*(user.id for user in self._users.all()), *(account.id for account in self._accounts.all())]
        return [principal for each in ids if (principal := self.get(each))]

    def find(self, id_or_email: str) -> Principal:
        """The user of this id or email, or the service account of this id.

        Raises:
            PrincipalNotFoundError: there is neither
        """
        user = self._users.by_email(id_or_email) if "@" in id_or_email else None
        principal = self.get(user.id if user else id_or_email)
        if principal is None:
            raise PrincipalNotFoundError(id_or_email)
        return principal

    def _build(self, principal_id: str) -> Principal | None:
        if user := self._users.get(principal_id):
            name, role, kind = user.email, user.role, PrincipalKind.USER
        elif account := self._accounts.get(principal_id):
            name, role, kind = account.name, account.role, PrincipalKind.SERVICE_ACCOUNT
        else:
            return None
        groups = frozenset(group.id for group in self._groups.of_member(principal_id))
        return Principal(id=principal_id, name=name, role=role, kind=kind, groups=groups)

    def _forget(self, _changed: Key) -> None:
        self._known.clear()
