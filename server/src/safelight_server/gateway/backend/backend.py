"""MongoDB, as the gateway uses it: commands go to the primary, and wait for one when there is none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from safelight.errors import WireProtocolError
from safelight.wire.documents import encode
from safelight.wire.scan import find_int
from safelight_server.authz.decision import Account
from safelight_server.gateway.backend.errors import (
    NO_LONGER_PRIMARY,
    NOT_WRITABLE_PRIMARY,
    LinkLostError,
    NoPrimaryError,
)
from safelight_server.gateway.backend.link import Link
from safelight_server.gateway.backend.pool import LinkPool
from safelight_server.gateway.backend.primary import RETRY_S, Primary, PrimaryFinder

HOLD_S: Final = 20.0
"""How long a command waits for a primary: an election takes ten seconds at most with MongoDB's defaults."""

BODY_OFFSET: Final = 21
"""Where the body of a reply begins: header, flags, kind."""

_SHORT: Final = 4096
"""Longer replies are no errors of this kind."""

_SUCCESS: Final = encode({"ok": 1.0})[4:-1]
"""In nearly every reply. Where it is in an error's text, the driver gets to see that error, which is all."""


class Backend:
    """Runs messages that are ready to be sent.

    Args:
        finder: says who the primary is
        pools: of each account
        hold_s: how long a command waits for a primary, in seconds
    """

    def __init__(
        self, finder: PrimaryFinder, pools: Mapping[Account, LinkPool], hold_s: float = HOLD_S
    ) -> None:
        self._finder = finder
        self._pools = pools
        self._hold_s = hold_s

    async def primary(self) -> Primary:
        """Who the primary is; see `PrimaryFinder.find`."""
        return await self._finder.find(time.monotonic() + self._hold_s)

    async def exchange(self, account: Account, message: bytes) -> bytearray:
        """Run a command and return the whole reply, whatever it says.

        A member that has stepped down may call itself the primary for a moment longer. What it refused for
        not being one was not executed: it is sent again, since a driver tries again only once.

        Raises:
            LinkLostError: nobody knows whether it was executed
            NoPrimaryError: it was not: there was no primary for as long as we wait
            BackendSetupError: it was not: MongoDB does not let us in
        """
        deadline = time.monotonic() + self._hold_s
        while True:
            primary, link = await self._take(account)
            try:
                reply = await link.exchange(message)
            except LinkLostError:
                self._give_up(primary)
                raise
            finally:
                self._pools[account].put(primary, link)
            code = _error_code(reply)
            if code in NO_LONGER_PRIMARY:
                self._give_up(primary)
            if code != NOT_WRITABLE_PRIMARY or time.monotonic() > deadline:
                return reply
            await asyncio.sleep(RETRY_S)

    async def send(self, account: Account, message: bytes) -> None:
        """Run a command that has no reply; raises what `exchange` raises."""
        primary, link = await self._take(account)
        try:
            link.send(message)
        finally:
            self._pools[account].put(primary, link)

    def close(self) -> None:
        """Close what is not in use."""
        for pool in self._pools.values():
            pool.clear()

    async def _take(self, account: Account) -> tuple[Primary, Link]:
        deadline = time.monotonic() + self._hold_s
        while True:
            primary = await self._finder.find(deadline)
            try:
                return primary, await self._pools[account].take(primary, deadline)
            except NoPrimaryError:
                raise
            except (OSError, asyncio.TimeoutError):
                # Nothing was sent yet. It may be restarting, or another member is about to take over.
                self._give_up(primary)
                await asyncio.sleep(RETRY_S)

    def _give_up(self, primary: Primary) -> None:
        self._finder.forget(primary)
        for pool in self._pools.values():
            pool.clear()


def _error_code(reply: bytearray) -> int | None:
    """The code of a command that failed."""
    if len(reply) > _SHORT or _SUCCESS in reply:
        return None
    try:
        failed = find_int(reply, "ok", start=BODY_OFFSET) == 0
        return find_int(reply, "code", start=BODY_OFFSET) if failed else None
    except WireProtocolError:
        return None
