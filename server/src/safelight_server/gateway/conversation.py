"""One client's connection, from its first request to its end."""

from __future__ import annotations

import logging
from itertools import count

from starlette.websockets import WebSocketDisconnect

from safelight.errors import WireProtocolError
from safelight.wire.legacy import Query
from safelight.wire.messages import Message
from safelight_server.errors import AuthenticationError, UnavailableError
from safelight_server.gateway import replies
from safelight_server.gateway.backend.backend import Backend
from safelight_server.gateway.backend.errors import BackendSetupError, NoPrimaryError
from safelight_server.gateway.channel import Channel
from safelight_server.gateway.commands import CommandRunner
from safelight_server.gateway.hello import HANDSHAKES, hello_reply
from safelight_server.gateway.watch import Watch
from safelight_server.work import Work

logger = logging.getLogger(__name__)

_numbers = count(1)


class CloseCode:
    """Why the server closes a WebSocket, as the tunnel understands it."""

    DONE = 1000
    PROTOCOL = 1002
    FAILED = 1011
    RESTART = 1012
    REVOKED = 4401


class Conversation:
    """Answers the requests of one channel, in order.

    Args:
        channel: where they come from
        runner: who runs commands
        backend: says how new a protocol may be offered
        work: counts commands under way
    """

    def __init__(self, channel: Channel, runner: CommandRunner, backend: Backend, work: Work) -> None:
        self._channel = channel
        self._watch = Watch(channel)
        self._runner = runner
        self._backend = backend
        self._number = next(_numbers)
        self._work = work

    async def run(self) -> int:
        """Go on until the client goes or has to; say with which code to close."""
        try:
            while request := await self._channel.next():
                with self._work:
                    await self._answer(request)
        except WebSocketDisconnect:
            return CloseCode.DONE
        except WireProtocolError as error:
            logger.info("closed connection %s, which sent %s", self._runner.connection_id, error)
            return CloseCode.PROTOCOL
        except AuthenticationError:
            return CloseCode.REVOKED
        except UnavailableError:
            return CloseCode.RESTART
        except Exception:  # whatever goes wrong with one command must not go unnoticed, or go on
            logger.exception("connection %s failed", self._runner.connection_id)
            return CloseCode.FAILED
        return CloseCode.DONE

    async def _answer(self, request: Message | Query) -> None:
        body = request.document if isinstance(request, Query) else request.command()
        name = next(iter(body), "")
        if name in HANDSHAKES:
            await self._channel.send(replies.wrap(await self._hello(name), request))
            return
        if isinstance(request, Query):
            raise WireProtocolError("a command as OP_QUERY")
        try:
            with self._watch:
                reply = await self._runner.run(request, body)
            if reply is not None:
                await self._channel.send(reply)
        finally:
            self._runner.note()

    async def _hello(self, name: str) -> dict[str, object]:
        try:
            primary = await self._backend.primary()
        except (NoPrimaryError, BackendSetupError) as error:
            return replies.unavailable(error, {})
        return hello_reply(name, primary.max_wire_version, self._number)
