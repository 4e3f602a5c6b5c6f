"""The server's connections to MongoDB.

Through Motor, because the server must work beside upstream FiftyOne, which pins pymongo 4.9: that version's
`AsyncMongoClient` waits for replies with a blocking `select`, and with it the whole event loop.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from safelight.storage.credentials import Secret
from safelight_server.errors import UnavailableError
from safelight_server.settings import Settings, variable_of

logger = logging.getLogger(__name__)

Document: TypeAlias = dict[str, Any]
Client: TypeAlias = AsyncIOMotorClient[Document]
Database: TypeAlias = AsyncIOMotorDatabase[Document]

_APP_NAME = "safelight-server"
_SELECTION_TIMEOUT_MS = 10_000


class Databases:
    """Three clients: the server's own account, and the accounts that read and write for clients.

    Where an account of the last two is not configured the server's own runs those commands too: everything
    works, but a mistake in the policy would then not be stopped by MongoDB.
    """

    def __init__(self, settings: Settings) -> None:
        self._own = _connect(settings.mongodb_uri)
        self._relay = _connect(settings.relay_uri) if settings.relay_uri else self._own
        self._relay_read = _connect(settings.relay_read_uri) if settings.relay_read_uri else self._relay
        self._settings = settings

    @property
    def own(self) -> Database:
        """Users, keys and access lists: majority reads and writes, from the primary."""
        return self._own.get_database(
            self._settings.own_database,
            codec_options=CodecOptions(tz_aware=True),
            read_preference=ReadPreference.PRIMARY,
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern("majority"),
        )

    @property
    def shared(self) -> Database:
        """The datasets, for the server's own look-ups: with the account that can only read."""
        return self._relay_read.get_database(self._settings.database_name)

    @property
    def shared_writable(self) -> Database:
        """The datasets, with the account that can write."""
        return self._relay.get_database(self._settings.database_name)

    @property
    def relay(self) -> Client:
        """The client with the account that can write."""
        return self._relay

    def missing_accounts(self) -> list[str]:
        """The settings of accounts that are not there: the second fence is down where one is named."""
        return [
            variable_of(name)
            for name in ("relay_uri", "relay_read_uri")
            if getattr(self._settings, name) is None
        ]

    async def ping(self) -> None:
        """Return when the primary answers.

        Raises:
            PyMongoError: it does not, in time
        """
        await self._own.admin.command("ping")

    def close(self) -> None:
        """Close every connection."""
        for client in (self._own, self._relay, self._relay_read):
            client.close()


@contextmanager
def needed_by(whom: str) -> Iterator[None]:
    """Raise one sentence instead of what the driver says, which goes on about its timeouts and topology.

    Raises:
        UnavailableError: MongoDB does not answer, or refuses
    """
    try:
        yield
    except PyMongoError as error:
        reason = re.split(r" \(configured timeouts|, Timeout: ", str(error), maxsplit=1)[0]
        raise UnavailableError(f"MongoDB does not do what {whom} needs: {reason}") from error


def _connect(uri: Secret) -> Client:
    return AsyncIOMotorClient(uri.reveal(), appname=_APP_NAME, serverSelectionTimeoutMS=_SELECTION_TIMEOUT_MS)
