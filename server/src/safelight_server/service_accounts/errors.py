"""What can be wrong with a service account."""

from __future__ import annotations

from safelight_server.errors import ConflictError, NotFoundError


class ServiceAccountNotFoundError(NotFoundError):
    """There is no such service account."""

    def __str__(self) -> str:
        return f"there is no service account {self.args[0]!r}"


class ServiceAccountExistsError(ConflictError):
    """A service account has this name."""

    def __str__(self) -> str:
        return f"there is a service account named {self.args[0]!r} already"
