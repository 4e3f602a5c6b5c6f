"""One relayed connection between a driver's socket and a WebSocket server that does as it likes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

from safelight.storage.credentials import Secret
from safelight.storage.portal import new_event_loop
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.relay import relay
from safelight.wire.compression import PIECE_BYTES
from safelight.wire.settings import COMPRESSORS, TRANSFER_METHODS

Handler = Callable[[ServerConnection], Awaitable[None]]

_MOST_IN_BETWEEN = 64_000_000
"""What sockets and buffers hold at the very most; without back-pressure it would be all there is."""


class Driver:
    """One end of a unix socket, which reads only when it is told to."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._connection, data)

    async def receive(self, size: int) -> bytes:
        """So many bytes, or what came until the end."""
        received = bytearray()
        while len(received) < size:
            piece = await asyncio.get_running_loop().sock_recv(self._connection, size - len(received))
            if not piece:
                break
            received += piece
        return bytes(received)

    def leave(self) -> None:
        self._connection.close()


@asynccontextmanager
async def relayed(
    directory: Path,
    handler: Handler,
    *,
    compressor: str = "none",
    transfer: str = "bytes",
    keep_alive_s: float = 20,
) -> AsyncIterator[Driver]:
    """A driver whose connection leads to `handler`."""
    spoken = Subprotocol(f"mongo.{compressor}.{transfer}")
    path = directory / "driver.sock"
    async with serve(handler, "127.0.0.1", 0, subprotocols=[spoken], compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        options = TunnelOptions(
            f"http://127.0.0.1:{port}", Secret("key"), compressor, transfer, keep_alive_s=keep_alive_s
        )
        local = await asyncio.start_unix_server(lambda reader, writer: relay(options, reader, writer), path)
        async with local:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.setblocking(False)
                await asyncio.get_running_loop().sock_connect(connection, str(path))
                yield Driver(connection)


async def settled(count: Callable[[], int]) -> int:
    """The count, once it grows no more."""
    before = -1
    while before < (now := count()) < _MOST_IN_BETWEEN:
        before = now
        await asyncio.sleep(0.3)
    return now


@settings(max_examples=30)
@given(
    message=st.binary(min_size=1, max_size=400)
    | st.binary(min_size=PIECE_BYTES - 1, max_size=PIECE_BYTES + 1),
    first=st.integers(0, 9),
    compressor=st.sampled_from(COMPRESSORS),
    transfer=st.sampled_from(TRANSFER_METHODS),
)
def test_what_is_sent_comes_back_however_its_messages_are_cut(
    tmp_path_factory: pytest.TempPathFactory, message: bytes, first: int, compressor: str, transfer: str
) -> None:
    """What lies between may send a message in fragments, with pings among them."""

    async def echo(websocket: ServerConnection) -> None:
        async for frame in websocket:
            cut = min(first, len(frame) - 1)
            await websocket.send([frame[:cut], frame[cut:-1], frame[-1:]])
            await websocket.ping()

    async def converse() -> bytes:
        directory = tmp_path_factory.mktemp("relay")
        async with relayed(directory, echo, compressor=compressor, transfer=transfer) as driver:
            await driver.send(message)
            return await driver.receive(len(message))

    assert asyncio.run(converse()) == message


def test_a_server_waits_for_a_driver_that_does_not_read(tmp_path: Path) -> None:
    sent = 0

    async def flood(websocket: ServerConnection) -> None:
        nonlocal sent
        await websocket.recv()
        while True:
            await websocket.send(bytes(PIECE_BYTES))
            sent += PIECE_BYTES

    async def converse() -> None:
        # Keep-alive does not take a server for dead that we do not listen to.
        async with relayed(tmp_path, flood, keep_alive_s=0.2) as driver:
            await driver.send(b"go on")
            held = await settled(lambda: sent)
            assert 0 < held < _MOST_IN_BETWEEN
            assert len(await driver.receive(2 * held)) == 2 * held

    asyncio.run(converse())


def test_a_driver_waits_for_a_server_that_does_not_read(tmp_path: Path) -> None:
    sent, go_on, has_twice = 0, asyncio.Event(), asyncio.Event()

    async def slow(websocket: ServerConnection) -> None:
        received = 0
        await go_on.wait()
        held = sent
        while received < 2 * held:
            received += len(await websocket.recv())
        has_twice.set()

    async def talk(driver: Driver) -> None:
        nonlocal sent
        while True:
            await driver.send(bytes(PIECE_BYTES))
            sent += PIECE_BYTES

    async def converse() -> None:
        async with relayed(tmp_path, slow) as driver:
            talking = asyncio.ensure_future(talk(driver))
            held = await settled(lambda: sent)
            assert 0 < held < _MOST_IN_BETWEEN
            go_on.set()
            await has_twice.wait()
            talking.cancel()

    asyncio.run(converse())


@pytest.mark.parametrize("said", ["text", bytes(PIECE_BYTES + 1), bytes(10 * PIECE_BYTES)])
def test_a_server_that_says_what_was_not_agreed_is_left(tmp_path: Path, said: str | bytes) -> None:
    codes: list[int | None] = []

    async def odd(websocket: ServerConnection) -> None:
        await websocket.recv()
        await websocket.send(said)
        await websocket.wait_closed()
        codes.append(websocket.close_code)

    async def converse() -> bytes:
        async with relayed(tmp_path, odd) as driver:
            await driver.send(b"what?")
            return await driver.receive(1)

    assert asyncio.run(converse()) == b""
    assert codes in ([CloseCode.PROTOCOL_ERROR], [CloseCode.MESSAGE_TOO_BIG])


def test_a_driver_that_leaves_closes_the_websocket(tmp_path: Path) -> None:
    left: asyncio.Future[int | None]

    async def wait(websocket: ServerConnection) -> None:
        await websocket.send(await websocket.recv())
        await websocket.wait_closed()
        left.set_result(websocket.close_code)

    async def converse() -> int | None:
        nonlocal left
        left = asyncio.get_running_loop().create_future()
        async with relayed(tmp_path, wait) as driver:
            await driver.send(b"hello")
            await driver.receive(5)
            driver.leave()
            return await left

    assert asyncio.run(converse()) == CloseCode.NORMAL_CLOSURE


def test_what_was_received_before_the_server_closed_is_not_lost(tmp_path: Path) -> None:
    async def last_words(websocket: ServerConnection) -> None:
        await websocket.recv()
        for _ in range(8):
            await websocket.send(bytes(PIECE_BYTES))

    async def converse() -> int:
        async with relayed(tmp_path, last_words) as driver:
            await driver.send(b"go on")
            await asyncio.sleep(0.2)
            return len(await driver.receive(9 * PIECE_BYTES))

    assert asyncio.run(converse()) == 8 * PIECE_BYTES


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, new_event_loop])
@pytest.mark.parametrize("who", ["driver", "server"])
def test_an_end_that_is_cut_in_the_middle_is_no_accident(
    tmp_path: Path, make_loop: Callable[[], asyncio.AbstractEventLoop], who: str
) -> None:
    accidents: list[object] = []
    cut = asyncio.Event()

    async def talk(websocket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            for _ in range(20):
                await websocket.send(await websocket.recv())
            if who == "server":
                websocket.transport.abort()
            await websocket.wait_closed()
        cut.set()

    async def converse() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: accidents.append(context))
        async with relayed(tmp_path, talk) as driver:
            with suppress(ConnectionError):
                for _ in range(10 if who == "driver" else 1000):
                    await driver.send(b"word")
                    if who == "driver":
                        await driver.receive(4)
                    await asyncio.sleep(0)
            driver.leave()
            await cut.wait()
            await asyncio.sleep(0.1)  # the relay ends after both

    loop = make_loop()
    try:
        loop.run_until_complete(converse())
    finally:
        loop.close()
    assert accidents == []
