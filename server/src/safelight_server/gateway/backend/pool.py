"""Open connections of one account, each lent to one command at a time."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from safelight_server.gateway.backend.account import BackendAccount
from safelight_server.gateway.backend.errors import NoPrimaryError
from safelight_server.gateway.backend.handshake import connect
from safelight_server.gateway.backend.link import Link
from safelight_server.gateway.backend.primary import Primary


class LinkPool:
    """Lends links, the one used last first, so that the others may grow old and close.

    Args:
        account: who the links are
        limit: most links at a time, lent or not; more commands than that wait their turn
    """

    def __init__(self, account: BackendAccount, limit: int) -> None:
        self._account = account
        self._idle: deque[tuple[Primary, Link]] = deque()
        self._turns = asyncio.Semaphore(limit)

    async def take(self, primary: Primary, deadline: float) -> Link:
        """Lend a link to the primary; give it back with `put`.

        Raises:
            OSError: no connection can be made
            NoPrimaryError: every link was lent until the deadline
            BackendSetupError: MongoDB does not accept the account
        """
        remaining = max(0.0, deadline - time.monotonic())
        try:
            if self._turns.locked():
                await asyncio.wait_for(self._turns.acquire(), remaining)
            else:
                await self._turns.acquire()
        except asyncio.TimeoutError:
            raise NoPrimaryError("the server is busy: every connection to MongoDB is in use") from None
        try:
            while self._idle:
                owner, link = self._idle.pop()
                if owner == primary and link.is_usable:
                    return link
                link.close()
            return await asyncio.wait_for(connect(primary.host, primary.port, self._account), remaining)
        except BaseException:
            self._turns.release()
            raise

    def put(self, primary: Primary, link: Link) -> None:
        """Take back what was lent. A link that still waits for a reply is closed."""
        self._turns.release()
        if link.is_usable:
            self._idle.append((primary, link))
        else:
            link.close()

    def clear(self) -> None:
        """Close every link that is not lent."""
        while self._idle:
            self._idle.pop()[1].close()
