"""The sixteen bytes before every message."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final, NamedTuple

from safelight.errors import WireProtocolError

_FORMAT: Final = struct.Struct("<iiii")
_OPCODE: Final = struct.Struct("<12xi")

SIZE: Final = _FORMAT.size

MAX_MESSAGE_BYTES: Final = 17 * 1024 * 1024
"""The longest message that a client may send: a document of 16 MiB fits, a batch of 48 MB need not."""

MAX_DOCUMENT_BYTES: Final = 16 * 1024 * 1024
"""MongoDB's own limit for one document."""

MIN_MESSAGE_BYTES: Final = SIZE + 5
"""A header, flags and the kind of one section: shorter is no message."""


class OpCode(IntEnum):
    """The messages that we know; the value is what stands in the header."""

    REPLY = 1
    QUERY = 2004
    COMPRESSED = 2012
    MSG = 2013


class Header(NamedTuple):
    """What every message begins with. A tuple: several are read for every command.

    Attributes:
        length: of the whole message, this header included, in bytes
        request_id: what the reply will name in its `response_to`
        response_to: in a reply, the request; 0 in a request
        opcode: an `OpCode`, or an int that we do not know
    """

    length: int
    request_id: int
    response_to: int
    opcode: int

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview, offset: int = 0) -> Header:
        """Read the header at `offset`; the caller has made sure that `SIZE` bytes are there."""
        return tuple.__new__(cls, _FORMAT.unpack_from(data, offset))

    def pack(self) -> bytes:
        """The sixteen bytes."""
        return _FORMAT.pack(*self)

    def check(self, longest: int) -> None:
        """Refuse a length that cannot be, or that is more than we are willing to hold.

        Raises:
            WireProtocolError: before any byte of the message has to be kept
        """
        if not MIN_MESSAGE_BYTES <= self.length <= longest:
            raise WireProtocolError(
                f"a message of {self.length} bytes; from {MIN_MESSAGE_BYTES} to {longest} are allowed"
            )


def opcode_of(message: bytes) -> int:
    """The opcode in a message's header, when nothing else of it is asked for."""
    opcode: int = _OPCODE.unpack_from(message)[0]
    return opcode
