"""One local connection and its WebSocket, until one of them ends."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

from websockets.exceptions import ConnectionClosed

from safelight.errors import ApiConnectionError, ApiKeyRefusedError, WireProtocolError
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.transport import Transport
from safelight.wire import legacy, messages
from safelight.wire.connection import ServerConnection
from safelight.wire.legacy import Query

logger = logging.getLogger(__name__)

_PIECE: Final = 128 * 1024

_AUTHENTICATION_FAILED: Final = 18
_NOT_PRIMARY: Final = 10107
"""The driver raises `AutoReconnect` for it: something that may pass."""


async def relay(options: TunnelOptions, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open a WebSocket for a local connection once the driver says something, and carry both directions.

    Bytes are not looked at. Only when there is no WebSocket the driver's first request is answered here, with
    the reason, instead of a connection that is closed without a word.
    """
    try:
        first = await reader.read(_PIECE)
        if not first:
            return
        try:
            transport = await Transport.open(options)
        except ApiConnectionError as error:
            logger.warning("%s", error)
            await _explain(error, first, reader, writer)
            return
        await _carry(first, reader, writer, transport)
    except (ConnectionError, WireProtocolError) as error:
        logger.debug("a local connection ended: %s", error)
    finally:
        writer.close()


async def _carry(
    first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, transport: Transport
) -> None:
    inwards = asyncio.ensure_future(_inwards(transport, writer))
    outwards = asyncio.ensure_future(_outwards(first, reader, transport))
    try:
        await asyncio.wait({inwards, outwards}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end((inwards, outwards), transport)


async def _end(tasks: tuple[asyncio.Task[None], ...], transport: Transport) -> None:
    """End both directions and the WebSocket, also when this is cancelled meanwhile."""
    for task in tasks:
        task.cancel()
    try:
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                logger.debug("a connection ended: %r", result)
    finally:
        with suppress(ConnectionClosed):
            await transport.close()


async def _outwards(first: bytes, reader: asyncio.StreamReader, transport: Transport) -> None:
    data = first
    while data:
        await transport.send(data)
        data = await reader.read(_PIECE)


async def _inwards(transport: Transport, writer: asyncio.StreamWriter) -> None:
    while (data := await transport.receive()) is not None:
        writer.write(data)
        await writer.drain()


async def _explain(
    error: ApiConnectionError, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the first request with what is wrong."""
    connection, data = ServerConnection(), first
    while data:
        for request in connection.receive(data):
            writer.write(_error_reply(error, request))
            await writer.drain()
            return
        data = await reader.read(_PIECE)


def _error_reply(error: ApiConnectionError, request: messages.Message | Query) -> bytes:
    refused = isinstance(error, ApiKeyRefusedError)
    reply = {
        "ok": 0.0,
        "errmsg": str(error),
        "code": _AUTHENTICATION_FAILED if refused else _NOT_PRIMARY,
        "codeName": "AuthenticationFailed" if refused else "NotWritablePrimary",
    }
    if isinstance(request, Query):
        return legacy.build_reply(reply, request.request_id)
    return messages.build(reply, response_to=request.request_id)
