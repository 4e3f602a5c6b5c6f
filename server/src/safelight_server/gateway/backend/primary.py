"""Where commands go: the member of the replica set that is the primary now."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, Final

from pymongo.errors import PyMongoError

from safelight_server.db.databases import Client
from safelight_server.gateway.backend.errors import BackendSetupError, NoPrimaryError

logger = logging.getLogger(__name__)

RETRY_S: Final = 0.1
"""Between two attempts to reach a primary, in seconds."""


@dataclass(frozen=True, slots=True)
class Primary:
    """The primary, as it described itself.

    Attributes:
        host: as the replica set's configuration names it
        max_wire_version: the newest protocol that it speaks
    """

    host: str
    port: int
    max_wire_version: int


class PrimaryFinder:
    """Asks Motor, whose monitors follow the replica set, and remembers the answer until it proves wrong.

    Args:
        client: any client of the replica set
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: Primary | None = None
        self._searching = asyncio.Lock()

    @property
    def known(self) -> Primary | None:
        """The primary, if we believe to know it."""
        return self._known

    def forget(self, primary: Primary) -> None:
        """It did not answer, or said that it is the primary no more."""
        if self._known == primary:
            self._known = None

    async def find(self, deadline: float) -> Primary:
        """The primary; waits for one until `deadline` (of `time.monotonic`).

        Raises:
            NoPrimaryError: there was none for so long
            BackendSetupError: this is not a replica set
        """
        if self._known is not None:
            return self._known
        async with self._searching:
            while self._known is None:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise NoPrimaryError("MongoDB has no primary now: try again")
                try:
                    hello = await asyncio.wait_for(self._client.admin.command("hello"), remaining)
                    self._known = _primary(hello)
                except (PyMongoError, asyncio.TimeoutError) as error:
                    logger.debug("no primary yet: %s", error)
                if self._known is None:
                    await asyncio.sleep(RETRY_S)
            return self._known


def _primary(hello: dict[str, Any]) -> Primary | None:
    if "setName" not in hello:
        raise BackendSetupError(
            "MongoDB must run as a replica set (one member is enough): without one it has no transactions, "
            "change streams or retryable writes"
        )
    if not hello.get("isWritablePrimary"):
        return None
    host, _, port = str(hello["me"]).rpartition(":")
    return Primary(host.strip("[]"), int(port), int(hello["maxWireVersion"]))
