"""One local connection and its WebSocket, until one of them ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Final, cast

from safelight.errors import ApiConnectionError, ApiKeyRefusedError, WireProtocolError
from safelight.tunnel.ends import DriverEnd, ServerEnd
from safelight.tunnel.opening import open_websocket
from safelight.tunnel.options import TunnelOptions
from safelight.wire import legacy, messages
from safelight.wire.compression import PieceCodec
from safelight.wire.connection import ServerConnection
from safelight.wire.legacy import Query

logger = logging.getLogger(__name__)

_PIECE: Final = 128 * 1024
_ALL_THERE_IS: Final = 1 << 30

_AUTHENTICATION_FAILED: Final = 18
_NOT_PRIMARY: Final = 10107
"""The driver raises `AutoReconnect` for it: something that may pass."""


async def relay(options: TunnelOptions, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open a WebSocket for a local connection once the driver says something, and carry both directions.

    Bytes are not looked at. Only when there is no WebSocket the driver's first request is answered here, with
    the reason, instead of a connection that is closed without a word.
    """
    driver = cast("asyncio.Transport", writer.transport)
    try:
        first = await reader.read(_ALL_THERE_IS)
        if not first:
            return
        driver.pause_reading()  # what it says next is for whoever reads then
        try:
            websocket = await open_websocket(options)
        except ApiConnectionError as error:
            logger.warning("%s", error)
            driver.resume_reading()
            await _explain(error, first, reader, writer)
            return
        codec = PieceCodec(options.compressor, options.transfer)
        await _carry(first, DriverEnd(driver), ServerEnd(websocket, codec, options.keep_alive_s))
    except (ConnectionError, WireProtocolError) as error:
        logger.debug("a local connection ended: %s", error)
    finally:
        driver.close()


async def _carry(first: bytes, driver: DriverEnd, server: ServerEnd) -> None:
    """Until one of them ends; then the WebSocket is closed, politely if there is time for it."""
    try:
        server.face(driver)
        server.send(first)
        driver.face(server)
        await asyncio.wait({driver.over, server.over}, return_when=asyncio.FIRST_COMPLETED)
        server.close()
        await server.over
    finally:
        server.transport.abort()


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
