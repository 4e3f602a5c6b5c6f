"""What lies between two machines: a TCP relay that cuts, stalls, delays and narrows, or is an HTTP proxy."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_PIECE = 32 * 1024


@dataclass
class RoughNetwork:
    """A relay in front of a server. Attributes may be changed at any time.

    Attributes:
        target: host and port of the server
        cuts: after how many bytes (both ways) each of the next connections is cut
        stalled: nothing goes through while it is set
        bytes_per_s: most that goes through each way of a connection, if set
        delay_s: how long each piece is on its way
        idle_s: a connection is cut when nothing came from one side for so long, as proxies do
        asked: as an HTTP proxy: the targets that clients asked for
    """

    target: tuple[str, int]
    cuts: list[int] = field(default_factory=list)
    stalled: bool = False
    bytes_per_s: float | None = None
    delay_s: float = 0.0
    idle_s: float | None = None
    is_proxy: bool = False
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The address of the relay."""
        return f"http://127.0.0.1:{self.port}"

    def cut_all(self) -> None:
        """Cut the connections that are open now."""
        assert self._loop
        for writer in list(self._open):
            self._loop.call_soon_threadsafe(writer.transport.abort)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection."""
        try:
            with suppress(asyncio.CancelledError):  # at the end; asyncio's streams would log it as a failure
                await self._relay(reader, writer)
        finally:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._loop = asyncio.get_running_loop()
        host, port = self.target
        if self.is_proxy:
            host, port = await self._answer_connect(reader, writer)
        with suppress(OSError):
            there = _narrow_socket()
            await self._loop.sock_connect(there, (host, port))
            there_reader, there_writer = await asyncio.open_connection(sock=there)
            left = [self.cuts.pop(0)] if self.cuts else None
            ways = [
                asyncio.ensure_future(self._carry(reader, there_writer, left)),
                asyncio.ensure_future(self._carry(there_reader, writer, left)),
            ]
            self._open.add(writer)
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._open.discard(writer)
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                there_writer.transport.abort()

    async def _answer_connect(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str, int]:
        request = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
        assert method == "CONNECT", method
        self.asked.append(target)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        host, _, port = target.partition(":")
        return host, int(port)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int] | None
    ) -> None:
        while data := await asyncio.wait_for(reader.read(_PIECE), self.idle_s):
            while self.stalled:  # noqa: ASYNC110 - set by another thread
                await asyncio.sleep(0.02)
            await asyncio.sleep(self.delay_s + (len(data) / self.bytes_per_s if self.bytes_per_s else 0))
            if left is not None:
                data = data[: left[0]]
                left[0] -= len(data)
            writer.write(data)
            await writer.drain()
            if left is not None and left[0] <= 0:
                return


def _narrow_socket() -> socket.socket:
    """One with a small buffer: megabytes of a slow line would otherwise wait in the kernel."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
    made.setblocking(False)
    return made


@contextmanager
def rough_network(url: str, *, is_proxy: bool = False) -> Iterator[RoughNetwork]:
    """A relay in front of the server at `url`."""
    parts = urlsplit(url)
    network = RoughNetwork((parts.hostname or "", parts.port or 0), is_proxy=is_proxy)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncio.Server:
        here = _narrow_socket()
        here.bind(("127.0.0.1", 0))
        server = await asyncio.start_server(network.serve, sock=here)
        network.port = server.sockets[0].getsockname()[1]
        return server

    async def stop(server: asyncio.Server) -> None:
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield network
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
