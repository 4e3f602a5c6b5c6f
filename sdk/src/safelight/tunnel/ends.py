"""The two ends of one relayed connection: what arrives at one is written to the other, at once and in order.

Nothing is queued in between. An end that cannot write for now stops the other from reading, so a slow network
slows down the driver, and a slow driver the server.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.typing import BytesLike

from safelight.errors import WireProtocolError
from safelight.tunnel.opening import CLOSING_S
from safelight.wire.compression import MAX_FRAME_BYTES, PieceCodec
from safelight.wire.frames import MOST_HEADER_BYTES, FrameBuffer, message_frame, whole_message

logger = logging.getLogger(__name__)

_DATA: Final = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class End(asyncio.Protocol, ABC):
    """One of the two. It takes its transport over when it is told to `face` the other.

    Args:
        transport: open; what arrived there until now was read

    Attributes:
        over: done when the connection is closed
    """

    _other: End

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def face(self, other: End) -> None:
        """From now on hand over what arrives."""
        self._other = other
        self.transport.set_protocol(self)
        self.transport.resume_reading()

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Write a part of the stream."""

    def write(self, data: bytes) -> None:
        """Write bytes as they are; who is gone misses them, and `over` says so (uvloop would raise)."""
        if not self.transport.is_closing():
            self.transport.write(data)

    # asyncio.Protocol

    def pause_writing(self) -> None:
        self._other.transport.pause_reading()

    def resume_writing(self) -> None:
        self._other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            logger.debug("a connection ended: %r", exc)
        if not self.over.done():  # whoever waits for it may have been cancelled
            self.over.set_result(None)


class DriverEnd(End):
    """A driver's connection, whose bytes are the stream itself."""

    def send(self, data: bytes) -> None:
        self.write(data)

    def data_received(self, data: bytes) -> None:
        self._other.send(data)


class ServerEnd(End):
    """A WebSocket after its opening handshake, whose messages are pieces of the stream.

    Args:
        websocket: nobody else may use it from now on
        codec: how pieces travel
        keep_alive_s: between two signs of life; a server that gives none for so long is given up
    """

    def __init__(self, websocket: ClientConnection, codec: PieceCodec, keep_alive_s: float) -> None:
        super().__init__(websocket.transport)
        self._protocol = websocket.protocol
        self._codec = codec
        self._frames = FrameBuffer(MAX_FRAME_BYTES + MOST_HEADER_BYTES)
        self._fragments: list[BytesLike] = []
        self._is_text = False
        self._keep_alive_s = keep_alive_s
        self._is_alive = True
        self._is_closing = False
        self._timer = asyncio.get_running_loop().call_later(keep_alive_s, self._keep_alive)

    def send(self, data: bytes) -> None:
        if self._protocol.state is not State.OPEN:
            return  # what is said while it closes is lost, as on any connection
        for piece in self._codec.pack(data):
            if isinstance(piece, str):
                self._protocol.send_text(piece.encode())
                self._flush()
            else:
                self.write(message_frame(piece, masked=True))

    def close(self) -> None:
        """Ask the server to close the connection; it has a moment for that."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
            self._flush()

    def data_received(self, data: bytes) -> None:
        self._is_alive = True
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except WireProtocolError as error:
            self._refuse(error, CloseCode.MESSAGE_TOO_BIG)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def _take(self, frame: bytes) -> None:
        """Hand over what a frame carries; any but the usual one is the protocol's to understand."""
        if not self._fragments and self._protocol.state is State.OPEN:
            message = whole_message(frame, masked=False)
            if message is not None:
                self._hand_over(message)
                return
        self._protocol.receive_data(frame)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in _DATA:  # the protocol deals with the others
                self._collect(event)
        self._flush()

    def _collect(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._fragments.append(frame.data)  # the protocol bounds what they are together
        if not frame.fin:
            return
        message = self._fragments[0] if len(self._fragments) == 1 else b"".join(self._fragments)
        self._fragments.clear()
        try:
            self._hand_over(bytes(message).decode() if self._is_text else message)
        except UnicodeDecodeError as error:
            self._refuse(error, CloseCode.INVALID_DATA)

    def _hand_over(self, message: BytesLike | str) -> None:
        try:
            self._other.send(self._codec.unpack(message))
        except WireProtocolError as error:
            self._refuse(error, CloseCode.PROTOCOL_ERROR)

    def _refuse(self, error: Exception, code: CloseCode) -> None:
        logger.warning("the server sent %s", error)
        self._protocol.fail(code)
        self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self.write(data)
        if self._protocol.close_expected() and not self._is_closing:
            self._is_closing = True
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(CLOSING_S, self.transport.abort)

    def _keep_alive(self) -> None:
        if not self._is_alive and self.transport.is_reading():
            logger.info("the API server has given no sign of life for %.0f s", self._keep_alive_s)
            self.transport.abort()
            return
        self._is_alive = False
        self._protocol.send_ping(b"")
        self._flush()
        self._timer = asyncio.get_running_loop().call_later(self._keep_alive_s, self._keep_alive)
