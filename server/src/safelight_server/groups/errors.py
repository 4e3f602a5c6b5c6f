"""What can be wrong with a group."""

from __future__ import annotations

from safelight_server.errors import ConflictError, NotFoundError


class GroupNotFoundError(NotFoundError):
    """There is no such group."""

    def __str__(self) -> str:
        return f"there is no group {self.args[0]!r}"


class GroupExistsError(ConflictError):
    """A group has this name."""

    def __str__(self) -> str:
        return f"there is a group named {self.args[0]!r} already"
