"""What the server refuses on purpose, and the HTTP status that says so.

    ServerError (SafelightError)
    ├── SettingsError (ValueError)            a setting is wrong: which one, and what was expected
    ├── SchemaError (RuntimeError)            the server's database is of another version
    ├── AuthenticationError (PermissionError) nobody we know: no token, or one that is not accepted
    ├── ForbiddenError (PermissionError)      somebody we know, who may not do this
    ├── NotFoundError (LookupError)           there is no such thing, or none that the caller may know of
    ├── ConflictError (ValueError)            it cannot be done to things as they are
    ├── InvalidError (ValueError)             the request says something that cannot be meant
    ├── TooManyRequestsError                  asked too often
    └── UnavailableError (ConnectionError)    cannot be answered now; trying again is right

Feature packages derive theirs from these in their own `errors.py`. `status_of` is the one table.
"""

from __future__ import annotations

from typing import Final

from safelight.errors import SafelightError


class ServerError(SafelightError):
    """Root of what the server refuses on purpose."""


class SettingsError(ServerError, ValueError):
    """A setting is wrong."""


class SchemaError(ServerError, RuntimeError):
    """The server's own database is of another version than this server."""


class AuthenticationError(ServerError, PermissionError):
    """The caller showed no token that is accepted."""


class ForbiddenError(ServerError, PermissionError):
    """The caller is known and may not do this."""


class NotFoundError(ServerError, LookupError):
    """There is no such thing, or none that the caller may know of."""


class ConflictError(ServerError, ValueError):
    """The request does not fit the present state of things."""


class InvalidError(ServerError, ValueError):
    """The request says something that cannot be meant."""


class TooManyRequestsError(ServerError):
    """Asked too often.

    Args:
        message: what was asked too often
        retry_after_s: when asking again has a chance, in seconds
    """

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message, retry_after_s)
        self.message = message
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return self.message


class UnavailableError(ServerError, ConnectionError):
    """Cannot be answered now; trying again later is right."""


_STATUS: Final[dict[type[ServerError], int]] = {
    AuthenticationError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    InvalidError: 422,
    TooManyRequestsError: 429,
    UnavailableError: 503,
}


def status_of(error: ServerError) -> int:
    """The HTTP status for an error: that of its nearest ancestor in the table, else 500."""
    return next((_STATUS[each] for each in type(error).__mro__ if each in _STATUS), 500)
