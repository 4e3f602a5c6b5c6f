"""What can be done with users."""

from __future__ import annotations

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from safelight_server.authz.roles import Role
from safelight_server.identifiers import new_id, now
from safelight_server.membership import Membership
from safelight_server.users.errors import InvalidEmailError, UserNotFoundError
from safelight_server.users.model import User
from safelight_server.users.store import UserStore

# Teams have addresses such as ann@corp.local, so what the world can deliver to is not asked.
SPECIAL_USE_DOMAIN_NAMES.clear()


class UserService:
    """Adds, changes and deletes users.

    Args:
        users: where they are kept
        membership: what else knows them: groups, keys, access lists
    """

    def __init__(self, users: UserStore, membership: Membership) -> None:
        self._users = users
        self._membership = membership

    def find(self, id_or_email: str) -> User:
        """The user of this id or email.

        Raises:
            UserNotFoundError: there is none
        """
        user = self._users.by_email(id_or_email) if "@" in id_or_email else self._users.get(id_or_email)
        if user is None:
            raise UserNotFoundError(id_or_email)
        return user

    def all(self) -> list[User]:
        """Every user, by email."""
        return self._users.all()

    async def create(self, email: str, name: str, role: Role) -> User:
        """Add a user.

        Raises:
            InvalidEmailError: the email is none
            UserExistsError: somebody has it
        """
        user = User(id=new_id(), name=name, email=normalize_email(email), role=role, created_at=now())
        await self._users.insert(user)
        return user

    async def change(self, user: User, *, name: str | None = None, role: Role | None = None) -> User:
        """Change what is given.

        Raises:
            LastAdminError: no admin would be left
            UserNotFoundError: somebody deleted the user meanwhile
        """
        changed: User | None = user
        if role is not None:
            changed = await self._users.set_role(user, role)
        if name is not None and changed:
            changed = await self._users.rename(user, name)
        if changed is None:
            raise UserNotFoundError(user.email)
        return changed

    async def delete(self, user: User) -> None:
        """Delete a user, and first everything by which they had access, their role included.

        Raises:
            LastAdminError: no admin would be left
            AdminError: somebody made the user an admin meanwhile
        """
        await self._users.set_role(user, Role.GUEST)
        await self._membership.end(user.id)
        await self._users.delete(user)


def normalize_email(text: str) -> str:
    """An email address as it is stored and compared: lower case.

    Raises:
        InvalidEmailError: this is none
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise InvalidEmailError(text) from None
    return found.normalized.lower()
