"""WebSockets as uvicorn serves them, without what many small messages do not need."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode
from websockets.protocol import State

from safelight.errors import WireProtocolError
from safelight.wire.frames import MOST_HEADER_BYTES, FrameBuffer, message_frame, whole_message

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent

_AHEAD: Final = 4
"""Messages that may wait for the application before the client has to."""


class EventQueue(asyncio.Queue["ASGIReceiveEvent"]):
    """What uvicorn asks of a queue, for the one task that reads it."""

    def __init__(self) -> None:
        super().__init__()
        self._events: deque[ASGIReceiveEvent] = deque()
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, item: ASGIReceiveEvent) -> None:
        self._events.append(item)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        while not self._events:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return self._events.popleft()

    def qsize(self) -> int:
        return len(self._events)

    def empty(self) -> bool:
        return not self._events


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Takes the usual frame apart by itself, and leaves all others to uvicorn.

    Uvicorn stops to read after each message until the application has taken it; here a few may wait.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.queue = EventQueue()
        self._incoming = FrameBuffer(self.config.ws_max_size + MOST_HEADER_BYTES)

    def data_received(self, data: bytes) -> None:
        if not self.handshake_complete:
            super().data_received(data)
            return
        try:
            for frame in self._incoming.feed(data):
                self._take(frame)
        except WireProtocolError as error:
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, str(error))
            self.handle_parser_exception()

    def _take(self, frame: bytes) -> None:
        in_order = not self.frames and not self.close_sent and self.conn.state is State.OPEN
        message = whole_message(frame, masked=True) if in_order else None
        if message is None:
            super().data_received(frame)
            return
        self.queue.put_nowait({"type": "websocket.receive", "bytes": message})
        if self.queue.qsize() > _AHEAD and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    async def send(self, message: ASGISendEvent) -> None:
        content = message.get("bytes") if message["type"] == "websocket.send" else None
        if content is None or self.close_sent or self.conn.state is not State.OPEN:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected:
            raise ClientDisconnected
        self.transport.write(message_frame(content, masked=False))
