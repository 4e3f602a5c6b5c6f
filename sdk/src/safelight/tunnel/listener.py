"""The private end of the tunnel: a socket that only this user's processes can open."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import struct
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]

_BUFFER: Final = 128 * 1024
_PEER_CREDENTIALS: Final = struct.Struct("3i")


class UnixListener:
    """A unix socket in a directory that only its owner can enter.

    Args:
        handler: gets each connection of this user
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._directory = ""
        self._server: asyncio.AbstractServer | None = None
        self._tasks: set[asyncio.Future[None]] = set()

    async def start(self) -> str:
        """Listen; returns host and port as a connection string has them."""
        self._directory = tempfile.mkdtemp(prefix="safelight-")  # 0700
        path = Path(self._directory) / "mongodb.sock"  # drivers know a socket by this ending
        self._server = await asyncio.start_unix_server(self._accept, path, limit=_BUFFER)
        path.chmod(0o600)
        return quote(str(path), safe="")

    async def close(self) -> None:
        """Listen no more, end what there is, and leave nothing behind."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _peer(writer.get_extra_info("socket")) not in {None, os.getuid()}:
            writer.close()
            return
        task = asyncio.ensure_future(self._handler(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _peer(connection: socket.socket) -> int | None:
    """The user at the other end; None where the system does not say (there the directory has to do)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    _pid, uid, _gid = _PEER_CREDENTIALS.unpack(packed)
    return int(uid)
