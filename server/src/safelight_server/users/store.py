"""Users in the database."""

from __future__ import annotations

from typing import Any

from safelight_server.authz.roles import Role
from safelight_server.db.databases import Document
from safelight_server.db.replica import Table
from safelight_server.errors import ConflictError
from safelight_server.users.errors import UserExistsError
from safelight_server.users.model import User


class UserStore:
    """Every user; reads are of memory."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, user_id: str) -> User | None:
        """The user of this id."""
        document = self._table.get(user_id)
        return _user(document) if document else None

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

    async def update(self, user_id: str, *, name: str | None = None, role: Role | None = None) -> User | None:
        """Change what is given; the user as it is now, or None."""
        changes: dict[str, Any] = {}
        if name is not None:
            changes["name"] = name
        if role is not None:
            changes["role"] = role.value
        if not changes:
            return self.get(user_id)
        document = await self._table.update(user_id, {"$set": changes})
        return _user(document) if document else None

    async def delete(self, user_id: str) -> None:
        """Delete a user."""
        await self._table.delete(user_id)


def _user(document: Document) -> User:
    return User(
        id=document["_id"],
        name=document["name"],
        email=document["email"],
        role=Role(document["role"]),
        created_at=document["created_at"],
    )
