"""Every API connection of one server process."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from safelight.wire.compression import PieceCodec
from safelight_server.authn.authenticator import Ticket
from safelight_server.errors import TooManyRequestsError, UnavailableError
from safelight_server.gateway import metrics
from safelight_server.gateway.backend.backend import Backend
from safelight_server.gateway.budget import ByteBudget
from safelight_server.gateway.channel import Channel
from safelight_server.gateway.commands import CommandRunner
from safelight_server.gateway.conversation import CloseCode, Conversation
from safelight_server.gateway.rules import Rules
from safelight_server.work import Work

logger = logging.getLogger(__name__)

_REASONS: Final = {
    CloseCode.FAILED: "the server made a mistake; its log says which",
    CloseCode.RESTART: "the server restarts",
    CloseCode.REVOKED: "the API key is no longer accepted",
    CloseCode.PROTOCOL: "that is not MongoDB's wire protocol",
}


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """What one process and one principal may use.

    Attributes:
        connections_per_principal: open API connections; each thread of a script may need one
        buffered_bytes: bytes of long requests that the process holds at a time
    """

    connections_per_principal: int = 512
    buffered_bytes: int = 256 * 1024 * 1024


class Gateway:
    """Serves WebSockets that speak MongoDB's wire protocol.

    Args:
        backend: MongoDB
        rules: who may do what
        work: counts commands under way, and says when no more may begin
        limits: what clients may use
    """

    def __init__(
        self, backend: Backend, rules: Rules, work: Work, limits: GatewayLimits | None = None
    ) -> None:
        self._backend = backend
        self._rules = rules
        self._limits = limits or GatewayLimits()
        self._budget = ByteBudget(self._limits.buffered_bytes)
        self._work = work
        self._by_principal: Counter[str] = Counter()

    def admit(self, ticket: Ticket) -> None:
        """Refuse a connection before it is accepted.

        Raises:
            TooManyRequestsError: its principal has too many open
            UnavailableError: the server shuts down
        """
        principal = ticket.principal()
        if self._work.stopping.is_set():
            raise UnavailableError("this server is shutting down; try again")
        if self._by_principal[principal.id] >= self._limits.connections_per_principal:
            raise TooManyRequestsError(
                f"{principal.name} has {self._limits.connections_per_principal} open API connections: "
                "close some"
            )

    async def serve(self, websocket: WebSocket, ticket: Ticket, codec: PieceCodec) -> None:
        """Serve one accepted WebSocket until it ends, and close it."""
        principal = ticket.principal().id
        runner = CommandRunner(self._backend, self._rules, ticket, secrets.token_hex(4))
        channel = Channel(websocket, codec, self._budget)
        conversation = Conversation(channel, runner, self._backend, self._work)
        self._by_principal[principal] += 1
        metrics.CONNECTIONS.inc()
        try:
            code = await _run(conversation, ticket)
            with suppress(WebSocketDisconnect, RuntimeError):  # it may be closed already
                await websocket.close(code, _REASONS.get(code))
        finally:
            channel.close()
            self._by_principal[principal] -= 1
            self._by_principal += Counter()  # forgets whoever has none
            metrics.CONNECTIONS.dec()
            await runner.close()

    def close(self) -> None:
        """Close the connections to MongoDB."""
        self._backend.close()


async def _run(conversation: Conversation, ticket: Ticket) -> int:
    """Until the conversation ends by itself, or its ticket does: which close code."""
    talking = asyncio.ensure_future(conversation.run())
    revoked = asyncio.ensure_future(ticket.ended.wait())
    try:
        await asyncio.wait({talking, revoked}, return_when=asyncio.FIRST_COMPLETED)
        if not talking.done():
            return CloseCode.REVOKED
        return CloseCode.DONE if talking.cancelled() else talking.result()
    finally:
        for task in (talking, revoked):
            task.cancel()
        await asyncio.gather(talking, revoked, return_exceptions=True)
