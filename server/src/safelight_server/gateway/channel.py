"""A WebSocket as the gateway uses it: requests come in, messages go out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.websockets import WebSocket

from safelight.errors import WireProtocolError
from safelight.wire.compression import PieceCodec
from safelight.wire.connection import ServerConnection
from safelight.wire.legacy import Query
from safelight.wire.messages import Message
from safelight_server.gateway.budget import ByteBudget

_LONG: Final = 1024 * 1024
"""Longer requests are counted before they are held."""

_STALLED_S: Final = 60.0
"""How long a client may take for the next piece of a request that it has begun."""


class Channel:
    """Reads requests from a WebSocket and writes replies to it.

    Args:
        websocket: accepted
        codec: what both sides agreed on
        budget: what all channels of the process share
    """

    def __init__(self, websocket: WebSocket, codec: PieceCodec, budget: ByteBudget) -> None:
        self._websocket = websocket
        self._codec = codec
        self._budget = budget
        self._connection = ServerConnection()
        self._requests: deque[Message | Query] = deque()
        self._held = 0
        self._receiving: asyncio.Task[Mapping[str, Any]] | None = None

    async def next(self) -> Message | Query | None:
        """The next request; None when the client has gone.

        Raises:
            WireProtocolError: it says what we do not take, or stalls in the middle of it
        """
        self._give_back()
        while not self._requests:
            event = await self._event()
            if event["type"] == "websocket.disconnect":
                return None
            text = event.get("text")
            piece = self._codec.unpack(event["bytes"] if text is None else text)
            self._requests.extend(self._connection.receive(piece))
            await self._hold(self._connection.expected)
        return self._requests.popleft()

    async def send(self, message: bytes | bytearray) -> None:
        """Write a message; waits while the client does not read, and lets others go first between pieces."""
        for number, frame in enumerate(self._codec.pack(message)):
            if number:
                await asyncio.sleep(0)  # writing what is packed small never waits, and packing takes its time
            kind = "text" if isinstance(frame, str) else "bytes"
            await self._websocket.send({"type": "websocket.send", kind: frame})

    def on_gone(self, gone: Callable[[], object]) -> None:
        """Call `gone` once if the client goes before its next request is waited for."""
        if self._receiving is not None:
            return
        receiving = self._receiving = asyncio.ensure_future(self._receive())

        def check(_receiving: asyncio.Task[Mapping[str, Any]]) -> None:
            if self._receiving is receiving and _is_gone(receiving):
                gone()

        receiving.add_done_callback(check)

    def close(self) -> None:
        """Let go of what is held."""
        self._give_back()
        if self._receiving is not None:
            self._receiving.cancel()

    async def _event(self) -> Mapping[str, Any]:
        if self._receiving is not None:
            receiving, self._receiving = self._receiving, None
            return await receiving
        if self._connection.is_between_messages:
            return await self._websocket.receive()
        try:
            return await asyncio.wait_for(self._websocket.receive(), _STALLED_S)
        except asyncio.TimeoutError:
            raise WireProtocolError("a request that does not go on") from None

    async def _receive(self) -> Mapping[str, Any]:
        return await self._websocket.receive()

    async def _hold(self, size: int) -> None:
        if size > _LONG and not self._held:
            await self._budget.take(size)
            self._held = size

    def _give_back(self) -> None:
        if self._held:
            self._budget.give(self._held)
            self._held = 0


def _is_gone(receiving: asyncio.Task[Mapping[str, Any]]) -> bool:
    return receiving.cancelled() or receiving.result()["type"] == "websocket.disconnect"
