"""What can be wrong with a user."""

from __future__ import annotations

from safelight_server.errors import ConflictError, InvalidError, NotFoundError


class UserNotFoundError(NotFoundError):
    """There is no such user."""

    def __str__(self) -> str:
        return f"there is no user {self.args[0]!r}"


class UserExistsError(ConflictError):
    """Somebody has this address."""

    def __str__(self) -> str:
        return f"there is a user with the email {self.args[0]} already"


class InvalidEmailError(InvalidError):
    """This is no email address."""

    def __str__(self) -> str:
        return f"{self.args[0]!r} is not an email address"


class AdminError(ConflictError):
    """Admins are not deleted: they lose that role first."""

    def __str__(self) -> str:
        return f"{self.args[0]} was made an admin in this moment"


class NotAnAdminError(ConflictError):
    """This user cannot be taken for the first admin."""

    def __str__(self) -> str:
        email, role = self.args
        return f"{email} has the role {role.title}: make them an admin first (`safelight users role`)"


class LastAdminError(ConflictError):
    """Nobody would be left to manage the organization."""

    def __str__(self) -> str:
        return f"{self.args[0]} is the only admin: make somebody else an admin first"
