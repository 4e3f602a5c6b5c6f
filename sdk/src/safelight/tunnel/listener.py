"""The private end of the tunnel: a socket that only this user's processes can open."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from safelight.errors import WireProtocolError
from safelight.tunnel.directory import SOCKET_NAME, make_directory
from safelight.tunnel.local_login import MECHANISM, USER, LocalLogin

logger = logging.getLogger(__name__)

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]

_BUFFER: Final = 128 * 1024
_PEER_CREDENTIALS: Final = struct.Struct("3i")


class Listener(ABC):
    """Accepts connections of this user.

    Args:
        handler: gets each of them
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.AbstractServer | None = None
        self._tasks: set[asyncio.Future[None]] = set()

    @abstractmethod
    async def start(self, hello: dict[str, Any]) -> str:
        """Listen.

        Args:
            hello: what the API server says to `hello`

        Returns:
            the address for drivers, without what the connection string says about the API server
        """

    async def close(self) -> None:
        """Listen no more, end what there is, and leave nothing behind."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @abstractmethod
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand the connection over if it is this user's, else close it."""


class UnixListener(Listener):
    """A unix socket in a directory that only its owner can enter."""

    def __init__(self, handler: Handler) -> None:
        super().__init__(handler)
        self._directory: str | None = None

    async def start(self, hello: dict[str, Any]) -> str:  # noqa: ARG002 - the API server answers by itself
        self._directory = make_directory()
        path = Path(self._directory) / SOCKET_NAME
        self._server = await asyncio.start_unix_server(self._accept, path, limit=_BUFFER)
        path.chmod(0o600)
        return f"mongodb://{quote(str(path), safe='')}/?loadBalanced=true"

    async def close(self) -> None:
        await super().close()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _peer(writer.get_extra_info("socket")) in {None, os.getuid()}:
            await self._handler(reader, writer)
        else:
            writer.close()


class LoopbackListener(Listener):
    """A port of this machine, for systems without unix sockets; see `local_login`."""

    _login: LocalLogin

    async def start(self, hello: dict[str, Any]) -> str:
        password = secrets.token_urlsafe(32)
        self._login = LocalLogin(password, hello)
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_BUFFER)
        port: int = self._server.sockets[0].getsockname()[1]
        return (
            f"mongodb://{USER}:{password}@127.0.0.1:{port}/"
            f"?authMechanism={MECHANISM}&authSource=admin&loadBalanced=true"
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            known = await self._login.run(reader, writer)
        except (WireProtocolError, ConnectionError) as error:
            logger.info("a stranger at the tunnel's port: %s", error)
            known = False
        if known:
            await self._handler(reader, writer)
        else:
            writer.close()


def _peer(connection: socket.socket) -> int | None:
    """The user at the other end; None where the system does not say (there the directory has to do)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    _pid, uid, _gid = _PEER_CREDENTIALS.unpack(packed)
    return int(uid)
