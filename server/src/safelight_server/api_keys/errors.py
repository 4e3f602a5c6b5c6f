"""What can be wrong with an API key."""

from __future__ import annotations

from safelight_server.errors import ForbiddenError, NotFoundError


class ApiKeyNotFoundError(NotFoundError):
    """The owner has no such key."""

    def __str__(self) -> str:
        return f"there is no API key {self.args[0]!r}"


class GuestKeyError(ForbiddenError):
    """Guests cannot have API keys."""

    def __str__(self) -> str:
        return f"{self.args[0]} is a Guest: guests cannot create or use API keys"
