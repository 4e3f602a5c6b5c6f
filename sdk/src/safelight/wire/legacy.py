"""OP_QUERY and OP_REPLY: the first handshake of older drivers, and nothing else any more."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from safelight.errors import WireProtocolError
from safelight.wire.documents import Document, decode, encode
from safelight.wire.header import SIZE, Header, OpCode

_INT32: Final = struct.Struct("<i")
_SKIP_AND_LIMIT: Final = 8
_REPLY: Final = struct.Struct("<iqii")


@dataclass(frozen=True, slots=True)
class Query:
    """One OP_QUERY.

    Attributes:
        request_id: what the reply has to name
        namespace: `database.$cmd` for commands
        document: the command
    """

    request_id: int
    namespace: str
    document: Document


def parse(data: bytes) -> Query:
    """Read a whole OP_QUERY.

    Raises:
        WireProtocolError: it is none
    """
    header = Header.parse(data)
    name_start = SIZE + 4
    name_end = data.find(b"\0", name_start)
    start = name_end + 1 + _SKIP_AND_LIMIT
    if header.opcode != OpCode.QUERY or header.length != len(data) or name_end < 0 or start + 4 > len(data):
        raise WireProtocolError("not an OP_QUERY")
    (length,) = _INT32.unpack_from(data, start)
    if length < 0 or start + length > len(data):
        raise WireProtocolError("an OP_QUERY whose document is longer than the message")
    namespace = data[name_start:name_end].decode(errors="replace")
    return Query(header.request_id, namespace, decode(data[start : start + length]))


def build_reply(document: Document, response_to: int) -> bytes:
    """Write the OP_REPLY that carries one document."""
    body = _REPLY.pack(8, 0, 0, 1) + encode(document)
    return Header(SIZE + len(body), 0, response_to, OpCode.REPLY).pack() + body
