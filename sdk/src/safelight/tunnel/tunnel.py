"""One process's API connection."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from safelight.tunnel.listener import UnixListener
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.relay import relay
from safelight.tunnel.transport import Transport

T = TypeVar("T")

_SWITCH_INTERVAL_S: Final = 0.0005
"""With Python's 5 ms, each round trip of a script that computes waits for that long: 14 ms instead of 1.4."""

_IDLE_MS: Final = 45_000
"""When the driver closes a connection that it does not use: before proxies do, without telling."""


class Tunnel:
    """A private MongoDB address whose connections lead through WebSockets to the API server.

    One thread, with one event loop, carries everything. It is a daemon: it never keeps a process alive. A
    forked child has no such thread: it makes a tunnel of its own.

    Args:
        options: where to, and as whom
    """

    def __init__(self, options: TunnelOptions) -> None:
        self.options = options
        self._pid = os.getpid()
        self._loop = _new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="safelight-tunnel", daemon=True)
        self._listener = UnixListener(lambda reader, writer: relay(options, reader, writer))
        self._switch_interval = sys.getswitchinterval()
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
            self._run(self._check())
            address = self._run(self._listener.start())
        except BaseException:
            self._stop_loop()
            raise
        self.uri = f"mongodb://{address}/?loadBalanced=true&maxIdleTimeMS={_IDLE_MS}"
        self._switch_interval = sys.getswitchinterval()
        sys.setswitchinterval(min(self._switch_interval, _SWITCH_INTERVAL_S))
        return self.uri

    @property
    def belongs_to_this_process(self) -> bool:
        """False in a forked child, where nothing carries anything."""
        return self._pid == os.getpid()

    def close(self) -> None:
        """Cut every connection, and leave nothing behind. Nothing happens in a forked child."""
        if not self.belongs_to_this_process or self._loop.is_closed():
            return
        sys.setswitchinterval(self._switch_interval)
        self._stop_loop()

    async def _check(self) -> None:
        transport = await Transport.open(self.options)
        self.database = transport.database
        await transport.close()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _stop_loop(self) -> None:
        self._run(self._listener.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
