"""Every API connection of one server process."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
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

logger = logging.getLogger(__name__)

_DRAIN_STEP_S: Final = 0.05

_REASONS: Final = {
    CloseCode.RESTART: "the server restarts",
    CloseCode.REVOKED: "the API key is no longer accepted",
    CloseCode.PROTOCOL: "that is not MongoDB's wire protocol",
}


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """What one process and one principal may use.

    Attributes:
        connections_per_principal: open API connections; each process of a user needs as many as it has threads
        buffered_bytes: bytes of long requests that the process holds at a time
    """

    connections_per_principal: int = 512
    buffered_bytes: int = 256 * 1024 * 1024


@dataclass(slots=True)
class _Entry:
    conversation: Conversation
    stop: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def end(self, code: int) -> None:
        if not self.stop.done():
            self.stop.set_result(code)


class Gateway:
    """Serves WebSockets that speak MongoDB's wire protocol.

    Args:
        backend: MongoDB
        rules: who may do what
        limits: what clients may use
    """

    def __init__(self, backend: Backend, rules: Rules, limits: GatewayLimits | None = None) -> None:
        self._backend = backend
        self._rules = rules
        self._limits = limits or GatewayLimits()
        self._budget = ByteBudget(self._limits.buffered_bytes)
        self._entries: set[_Entry] = set()
        self._by_principal: Counter[str] = Counter()
        self._draining = False

    def admit(self, ticket: Ticket) -> None:
        """Refuse a connection before it is accepted.

        Raises:
            TooManyRequestsError: its principal has too many open
            UnavailableError: the server shuts down
        """
        principal = ticket.principal()
        if self._draining:
            raise UnavailableError("the server restarts: try again")
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
        entry = _Entry(Conversation(channel, runner, self._backend))
        self._entries.add(entry)
        self._by_principal[principal] += 1
        metrics.CONNECTIONS.inc()
        try:
            code = await self._run(entry, ticket)
            with suppress(WebSocketDisconnect, RuntimeError):  # it may be closed already
                await websocket.close(code, _REASONS.get(code))
        finally:
            channel.close()
            self._entries.discard(entry)
            self._by_principal[principal] -= 1
            metrics.CONNECTIONS.dec()
            await runner.close()

    async def drain(self, timeout_s: float) -> None:
        """Accept no more, let commands finish and cursors be read to their end, close what is idle."""
        self._draining = True
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._entries and asyncio.get_running_loop().time() < deadline:
            for entry in self._entries:
                if entry.conversation.is_interruptible:
                    entry.end(CloseCode.RESTART)
            await asyncio.sleep(_DRAIN_STEP_S)
        for entry in self._entries:
            entry.end(CloseCode.RESTART)

    def close(self) -> None:
        """Close the connections to MongoDB."""
        self._backend.close()

    async def _run(self, entry: _Entry, ticket: Ticket) -> int:
        """Until the conversation ends by itself, or is ended: which close code."""
        talking = asyncio.ensure_future(entry.conversation.run())
        revoked = asyncio.ensure_future(ticket.ended.wait())
        revoked.add_done_callback(lambda done: done.cancelled() or entry.end(CloseCode.REVOKED))
        try:
            await asyncio.wait({talking, entry.stop}, return_when=asyncio.FIRST_COMPLETED)
            if entry.stop.done():
                return entry.stop.result()
            return CloseCode.DONE if talking.cancelled() else talking.result()
        except WebSocketDisconnect:
            return CloseCode.DONE
        finally:
            for task in (talking, revoked):
                task.cancel()
            await asyncio.gather(talking, revoked, return_exceptions=True)
