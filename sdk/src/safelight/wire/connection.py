"""What a client may say to a server, message by message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safelight.errors import WireProtocolError
from safelight.wire import legacy, messages
from safelight.wire.buffer import MessageBuffer
from safelight.wire.header import MAX_MESSAGE_BYTES, OpCode, opcode_of
from safelight.wire.legacy import Query
from safelight.wire.messages import Message

_HANDSHAKES: Final = frozenset({"ismaster", "isMaster", "hello"})


class ServerConnection:
    """The server's view of one client: bytes in, requests out.

    After a `WireProtocolError` the stream is lost, and the connection has to be closed.
    """

    def __init__(self) -> None:
        self._buffer = MessageBuffer(MAX_MESSAGE_BYTES)

    @property
    def expected(self) -> int:
        """Length of the message that is arriving, in bytes; 0 when it is not known yet."""
        return self._buffer.expected

    @property
    def is_between_messages(self) -> bool:
        """Whether nothing of a further message has arrived."""
        return self._buffer.is_empty

    def receive(self, data: bytes) -> Iterator[Message | Query]:
        """Add what arrived, and yield the requests that are now complete.

        The iterator has to be exhausted before the next call. Compressed messages are refused: they are only
        sent to servers that offer it.

        Raises:
            WireProtocolError: the client says what we do not take
        """
        for message in self._buffer.feed(data):
            yield _read(message)


def _read(data: bytes) -> Message | Query:
    if opcode_of(data) != OpCode.QUERY:
        return messages.parse(data)
    query = legacy.parse(data)
    if query.namespace != "admin.$cmd" or next(iter(query.document), None) not in _HANDSHAKES:
        raise WireProtocolError("OP_QUERY is taken for the handshake only")
    return query
