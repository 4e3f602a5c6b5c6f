"""One process's API connection."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any, Final, TypeVar

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from safelight.errors import ApiUnavailableError
from safelight.storage.portal import new_event_loop
from safelight.tunnel.listener import Listener, LoopbackListener, UnixListener
from safelight.tunnel.opening import open_websocket
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.relay import relay
from safelight.wire import messages
from safelight.wire.buffer import MessageBuffer
from safelight.wire.compression import PieceCodec
from safelight.wire.endpoint import DATABASE_HEADER
from safelight.wire.header import MAX_MESSAGE_BYTES

T = TypeVar("T")

_SWITCH_INTERVAL_S: Final = 0.0005
"""With Python's 5 ms, each round trip of a script that computes waits for that long: 14 ms instead of 1.4."""

_IDLE_MS: Final = 45_000
"""When the driver closes a connection that it does not use: before proxies do, without telling."""

_CLOSING_S: Final = 5.0
"""How long whoever closes a tunnel waits; what is left of it then is a thread that nobody waits for."""

_KIND: Final[type[Listener]] = LoopbackListener if sys.platform == "win32" else UnixListener


class Tunnel:
    """A private MongoDB address whose connections lead through WebSockets to the API server.

    One thread, with one event loop, carries everything. It is a daemon: it never keeps a process alive. A
    forked child has no such thread: it makes a tunnel of its own.

    Args:
        options: where to, and as whom
        kind: of the private end; by default what the system has
    """

    def __init__(self, options: TunnelOptions, kind: type[Listener] = _KIND) -> None:
        self.options = options
        self._pid = os.getpid()
        self._loop = new_event_loop()
        self._thread = threading.Thread(target=self._carry, name="safelight-tunnel", daemon=True)
        self._listener = kind(lambda reader, writer: relay(options, reader, writer))
        self._switch_interval = sys.getswitchinterval()
        self._closed = False
        self.uri = ""
        """The address for pymongo, motor, mongoengine, mongosh."""
        self.database: str | None = None
        """The database with the datasets, if the server says which."""

    def start(self) -> str:
        """Listen, after making sure that the server accepts us; returns the `uri`.

        Raises:
            ApiConnectionError: it does not, or cannot be reached
        """
        self._thread.start()
        try:
            self.uri = f"{self._run(self._open())}&maxIdleTimeMS={_IDLE_MS}"
        except BaseException:
            self._stop_loop()
            raise
        self._switch_interval = sys.getswitchinterval()
        sys.setswitchinterval(min(self._switch_interval, _SWITCH_INTERVAL_S))
        return self.uri

    @property
    def belongs_to_this_process(self) -> bool:
        """False in a forked child, where nothing carries anything."""
        return self._pid == os.getpid()

    def close(self) -> None:
        """Cut every connection, and leave nothing behind. Nothing happens in a forked child."""
        if not self.belongs_to_this_process or self._closed:
            return
        sys.setswitchinterval(self._switch_interval)
        self._stop_loop()

    async def _open(self) -> str:
        websocket = await open_websocket(self.options)
        try:
            hello = await asyncio.wait_for(_greet(websocket, self.options), self.options.open_timeout_s)
        except (asyncio.TimeoutError, ConnectionClosed) as error:
            raise ApiUnavailableError(f"{self.options.api_uri} does not answer: {error!r}") from error
        finally:
            await websocket.close()
        self.database = (
            None if websocket.response is None else websocket.response.headers.get(DATABASE_HEADER)
        )
        if hello.get("ok") != 1:
            raise ApiUnavailableError(f"{self.options.api_uri} cannot serve: {hello.get('errmsg')}")
        return await self._listener.start(hello)

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _carry(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            # Here, because uvloop waits for what a network that stands still never gives back.
            self._loop.close()

    def _stop_loop(self) -> None:
        self._closed = True
        closing = asyncio.run_coroutine_threadsafe(self._listener.close(), self._loop)
        with suppress(FutureTimeoutError):
            closing.result(_CLOSING_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING_S)


async def _greet(websocket: ClientConnection, options: TunnelOptions) -> dict[str, Any]:
    """What the server says to `hello`."""
    codec, buffer = PieceCodec(options.compressor, options.transfer), MessageBuffer(MAX_MESSAGE_BYTES)
    for piece in codec.pack(messages.build({"hello": 1, "loadBalanced": True, "$db": "admin"})):
        await websocket.send(piece)
    while True:
        for message in buffer.feed(codec.unpack(await websocket.recv())):
            return messages.parse(message).command()
