"""Users in the database."""

from __future__ import annotations

from safelight_server.authz.roles import Role
from safelight_server.db.databases import Document
from safelight_server.db.table import Table
from safelight_server.errors import ConflictError
from safelight_server.users.errors import AdminError, LastAdminError, UserExistsError
from safelight_server.users.model import User


class UserStore:
    """Every user; reads are of memory."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, user_id: str) -> User | None:
        """The user of this id."""
        return _found(self._table.get(user_id))

    def by_email(self, email: str) -> User | None:
        """The user of this address, in whatever case it is written."""
        wanted = email.strip().lower()
        return next((_user(each) for each in self._table if each["email"] == wanted), None)

    def all(self) -> list[User]:
        """Every user, by email."""
        return sorted(map(_user, self._table), key=lambda user: user.email)

    async def insert(self, user: User) -> None:
        """Add a user.

        Raises:
            UserExistsError: somebody has this address
        """
        fields = {"name": user.name, "email": user.email, "role": user.role.value}
        try:
            await self._table.insert({"_id": user.id, **fields, "created_at": user.created_at})
        except ConflictError:
            raise UserExistsError(user.email) from None

    async def rename(self, user: User, name: str) -> User | None:
        """Change a name; the user as it is now, or None."""
        return _found(await self._table.update(user.id, {"$set": {"name": name}}))

    async def set_role(self, user: User, role: Role) -> User | None:
        """Change a role; the user as it is now, or None.

        Whatever other admins do meanwhile, at whichever server, an admin is left.

        Raises:
            LastAdminError: none would be
        """
        change = {"$set": {"role": role.value}}
        if role is Role.ADMIN:
            return _found(await self._table.update(user.id, change))
        changed = await self._table.update(user.id, change, {"role": {"$ne": Role.ADMIN.value}})
        if changed is None:
            try:
                changed = await self._table.update_relying_on({"role": Role.ADMIN.value}, user.id, change)
            except ConflictError:
                raise LastAdminError(user.email) from None
        return _found(changed)

    async def delete(self, user: User) -> None:
        """Delete a user who is no admin.

        Raises:
            AdminError: it is one
        """
        if not await self._table.delete(user.id, {"role": {"$ne": Role.ADMIN.value}}) and self.get(user.id):
            raise AdminError(user.email)


def _found(document: Document | None) -> User | None:
    return _user(document) if document else None


def _user(document: Document) -> User:
    return User(
        id=document["_id"],
        name=document["name"],
        email=document["email"],
        role=Role(document["role"]),
        created_at=document["created_at"],
    )
