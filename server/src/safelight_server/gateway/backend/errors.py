"""What can go wrong between the server and MongoDB."""

from __future__ import annotations

from typing import Final

from safelight_server.errors import ServerError, UnavailableError

NO_LONGER_PRIMARY: Final = frozenset({10107, 13435, 11602, 189, 91, 11600, 10058, 13436})
"""Codes of MongoDB's errors that say: not this member, or not now."""

NOT_WRITABLE_PRIMARY: Final = 10107
"""The one of them that is said before anything is executed."""


class LinkLostError(ServerError, ConnectionError):
    """A connection broke with a command on its way: nobody knows whether it was executed."""


class NoPrimaryError(UnavailableError):
    """No primary could be reached for as long as commands are held: nothing was sent."""


class BackendSetupError(ServerError, RuntimeError):
    """MongoDB is not what the gateway needs: a replica set that lets its accounts in."""
