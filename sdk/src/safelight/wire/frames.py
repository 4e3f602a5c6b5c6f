"""WebSocket frames, as far as the usual one goes: a whole binary message in a single frame (RFC 6455, 5.2).

Nearly every frame is one, and a complete parser takes longer for it than MongoDB for a small command. What is
not (control frames, fragments, text, what nobody should send) is for a complete parser: it gets whole frames.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Final

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # the compiled one where there is one

from safelight.errors import WireProtocolError
from safelight.wire.compression import Buffer

MOST_HEADER_BYTES: Final = 14

_WHOLE_BINARY: Final = 0x82
"""The first byte: a message's last frame, no extension, binary."""

_MASKED: Final = 0x80
_LENGTH: Final = 0x7F
"""The parts of the second byte."""

_TWO_MORE: Final = 126
"""Instead of a length: it follows, in two bytes. The only greater value says: in eight."""

_TOO_LONG_FOR_TWO: Final = 1 << 16
_WITH_TWO: Final = struct.Struct("!BBH")
_WITH_EIGHT: Final = struct.Struct("!BBQ")

_SHORTEST_HEADER: Final = 2
_MASK_BYTES: Final = 4


class FrameBuffer:
    """Cuts a stream of bytes into frames.

    Args:
        longest: most bytes that one frame may have
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._pieces = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Add what arrived, and yield each frame that is now complete, header included.

        The iterator has to be exhausted before the next call.

        Raises:
            WireProtocolError: a header announces a frame that is too long
        """
        if not self._pieces and _size(data) == len(data) <= self._longest:
            yield data  # the usual case: one frame, in one piece, not copied
            return
        self._pieces += data
        while 0 < (size := self._checked_size()) <= len(self._pieces):
            frame = bytes(self._pieces[:size])
            del self._pieces[:size]
            yield frame

    def _checked_size(self) -> int:
        size = _size(self._pieces)
        if size > self._longest:
            self._pieces.clear()
            raise WireProtocolError(f"a frame of {size} bytes; {self._longest} are allowed")
        return size


def whole_message(frame: bytes, *, masked: bool) -> bytes | None:
    """The message in a frame; None when it is for a complete parser.

    Args:
        frame: as `FrameBuffer` yields it
        masked: whether it has to be: what clients send is, what servers send is not
    """
    second = frame[1]
    if frame[0] != _WHOLE_BINARY or (second >= _MASKED) is not masked:
        return None
    start = _header_size(second)
    content = frame[start:]
    return bytes(apply_mask(content, frame[start - _MASK_BYTES : start])) if masked else content


def message_frame(message: Buffer, *, masked: bool) -> bytes:
    """The frame that carries a whole binary message; see `whole_message`."""
    length, bit = len(message), _MASKED if masked else 0
    if length < _TWO_MORE:
        header = bytes((_WHOLE_BINARY, bit | length))
    elif length < _TOO_LONG_FOR_TWO:
        header = _WITH_TWO.pack(_WHOLE_BINARY, bit | _TWO_MORE, length)
    else:
        header = _WITH_EIGHT.pack(_WHOLE_BINARY, bit | _LENGTH, length)
    if not masked:
        return b"".join((header, message))
    mask = os.urandom(_MASK_BYTES)  # what it hides from proxies has to be a surprise to them
    return b"".join((header, mask, apply_mask(message, mask)))


def _size(data: bytes | bytearray) -> int:
    """Bytes of the frame that begins here; 0 when not enough of it is here to say."""
    if len(data) < _SHORTEST_HEADER:
        return 0
    second = data[1]
    size, length = _header_size(second), second & _LENGTH
    if length < _TWO_MORE:
        return size + length
    end = _SHORTEST_HEADER + (2 if length == _TWO_MORE else 8)
    return size + int.from_bytes(data[_SHORTEST_HEADER:end], "big") if len(data) >= end else 0


def _header_size(second: int) -> int:
    """Bytes of the header, by the second of them: it has the length, or how many bytes of it follow."""
    size = _SHORTEST_HEADER if second < _MASKED else _SHORTEST_HEADER + _MASK_BYTES
    length = second & _LENGTH
    if length < _TWO_MORE:
        return size
    return size + (2 if length == _TWO_MORE else 8)
