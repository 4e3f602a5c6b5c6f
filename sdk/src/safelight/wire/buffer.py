"""Bytes as they arrive, messages as they were sent."""

from __future__ import annotations

from collections.abc import Iterator

from safelight.wire.header import SIZE, Header


class MessageBuffer:
    """Cuts a stream of bytes into messages.

    It never holds more than one message of the allowed length and what came in the same piece: take every
    message before feeding the next piece.

    Args:
        longest: most bytes that one message may have
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._pieces = bytearray()
        self._expected = 0

    @property
    def expected(self) -> int:
        """Length of the message that is arriving, in bytes; 0 when its header is not complete yet."""
        return self._expected

    @property
    def is_empty(self) -> bool:
        """Whether the stream stands between two messages."""
        return not self._pieces

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Add what arrived, and yield each message that is now complete, header included.

        The iterator has to be exhausted before the next call.

        Raises:
            WireProtocolError: a header announces a message that is too short or too long
        """
        if not self._pieces and len(data) >= SIZE:
            header = self._check(data)
            if header.length == len(data):  # the usual case: one message, in one piece, not copied
                self._expected = 0
                yield bytes(data)
                return
        self._pieces += data
        while message := self._take():
            yield message

    def _check(self, data: bytes | bytearray) -> Header:
        header = Header.parse(data)
        header.check(self._longest)
        self._expected = header.length
        return header

    def _take(self) -> bytes | None:
        if not self._expected:
            if len(self._pieces) < SIZE:
                return None
            self._check(self._pieces)
        if len(self._pieces) < self._expected:
            return None
        with memoryview(self._pieces) as view:
            message = bytes(view[: self._expected])
        del self._pieces[: self._expected]
        self._expected = 0
        return message
