"""One connection to MongoDB: a message goes out, a message comes back."""

from __future__ import annotations

import asyncio
from typing import Final, cast

from safelight.errors import WireProtocolError
from safelight.wire.header import SIZE, Header
from safelight_server.gateway.backend.errors import LinkLostError

_FIRST_READ: Final = 16 * 1024
"""Most replies are shorter than that and arrive in one read."""

_LONGEST_REPLY: Final = 48_000_000
"""What MongoDB itself calls the longest message."""


class Link(asyncio.BufferedProtocol):
    """Sends one message at a time and receives its reply into one buffer, without a copy when it is long."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[bytearray] | None = None
        self._lost = False
        self._first = memoryview(bytearray(_FIRST_READ))
        self._expect_header()

    @property
    def is_usable(self) -> bool:
        """Whether the next command may be sent: it is open, and nobody waits for a reply."""
        return not self._lost and self._waiting is None

    async def exchange(self, message: bytes) -> bytearray:
        """Send a message and wait for the reply. Whoever is cancelled must `close` the link.

        Raises:
            LinkLostError: nobody knows whether the command was executed
        """
        transport = self._open_transport()
        self._waiting = asyncio.get_running_loop().create_future()
        transport.write(message)
        return await self._waiting

    def send(self, message: bytes) -> None:
        """Send a message that has no reply.

        Raises:
            LinkLostError: it was not sent
        """
        self._open_transport().write(message)

    def close(self) -> None:
        """Close at once; a reply that is on its way is lost."""
        self._lost = True
        if self._transport is not None:
            self._transport.abort()

    def _open_transport(self) -> asyncio.Transport:
        if self._lost or self._transport is None:
            raise LinkLostError("the connection to MongoDB is closed")
        return self._transport

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(LinkLostError(f"MongoDB closed the connection ({exc or 'end of stream'})"))

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's
        return self._target[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        try:
            if self._long is None and self._filled >= SIZE:
                self._begin_body()
            elif self._long is not None and self._filled == len(self._long):
                self._deliver(self._long)
        except WireProtocolError as error:
            self._fail(LinkLostError(f"MongoDB sent {error}"))
            self.close()

    def _expect_header(self) -> None:
        self._target = self._first
        self._filled = 0
        self._long: bytearray | None = None

    def _begin_body(self) -> None:
        header = Header.parse(self._target)
        header.check(_LONGEST_REPLY)
        if header.length < self._filled or self._waiting is None:
            raise WireProtocolError("more than one reply")
        if header.length == self._filled:
            self._deliver(bytearray(self._target[: self._filled]))
        else:
            self._long = bytearray(header.length)
            self._long[: self._filled] = self._target[: self._filled]
            self._target = memoryview(self._long)

    def _deliver(self, message: bytearray) -> None:
        waiting, self._waiting = self._waiting, None
        self._expect_header()
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def _fail(self, error: LinkLostError) -> None:
        self._lost = True
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)
