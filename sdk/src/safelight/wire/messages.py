"""OP_MSG: what every command and every reply is since MongoDB 3.6.

A message has flags, exactly one body, and sequences of documents beside it (the inserts, updates or deletes
of a bulk write), each named once. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from safelight.errors import WireProtocolError
from safelight.wire.checksum import CHECKED_BYTES, crc32c
from safelight.wire.documents import Document, Documents, decode, encode
from safelight.wire.header import MIN_MESSAGE_BYTES, SIZE, Header, OpCode

_INT32: Final = struct.Struct("<i")
_UINT32: Final = struct.Struct("<I")
_BODY, _SEQUENCE = 0, 1
_SMALLEST_DOCUMENT: Final = 5


class Flags:
    """Flags of OP_MSG. Unknown ones are refused: the lower half of them changes what a message means.

    Plain numbers: they are looked at several times for every message, and an `IntFlag` takes its time.
    """

    NONE: Final = 0
    CHECKSUM_PRESENT: Final = 1
    MORE_TO_COME: Final = 2
    EXHAUST_ALLOWED: Final = 1 << 16


_KNOWN_FLAGS: Final = Flags.CHECKSUM_PRESENT | Flags.MORE_TO_COME | Flags.EXHAUST_ALLOWED


@dataclass(frozen=True, slots=True)
class Message:
    """One OP_MSG.

    Attributes:
        request_id: what the reply has to name
        response_to: in a reply, the request; 0 in a request
        flags: of `Flags`; without `CHECKSUM_PRESENT` once it is verified
        body: the command or the reply, as BSON
        sequences: the document sequences, by their names
    """

    request_id: int
    response_to: int
    flags: int
    body: bytes
    sequences: Mapping[str, Documents]

    @property
    def wants_reply(self) -> bool:
        """False for an unacknowledged write."""
        return not self.flags & Flags.MORE_TO_COME

    def command(self) -> Document:
        """The body, decoded; see `documents.decode`."""
        return decode(self.body)


def parse(data: bytes) -> Message:
    """Read a whole message, as `MessageBuffer` yields it.

    Raises:
        WireProtocolError: it is no OP_MSG, or one with something that we refuse: unknown flags or sections,
            no or two bodies, a sequence twice, lengths that do not add up, a wrong checksum
    """
    header = Header.parse(data)
    if header.opcode != OpCode.MSG:
        raise WireProtocolError(f"opcode {header.opcode} is not spoken here, only OP_MSG")
    if header.length != len(data) or len(data) < MIN_MESSAGE_BYTES:
        raise WireProtocolError("the length in the header is not the message's")
    (flags,), end = _UINT32.unpack_from(data, SIZE), len(data)
    if flags & ~_KNOWN_FLAGS:
        raise WireProtocolError(f"unknown flags in {flags:#x}")
    if flags & Flags.CHECKSUM_PRESENT:
        end = _verify_checksum(data)
    body, sequences = _parse_sections(data, SIZE + 4, end)
    return Message(header.request_id, header.response_to, flags & ~Flags.CHECKSUM_PRESENT, body, sequences)


def build(
    body: Document | bytes,
    *,
    request_id: int = 0,
    response_to: int = 0,
    flags: int = Flags.NONE,
    sequences: Mapping[str, Documents | list[Document]] | None = None,
) -> bytes:
    """Write a message. Sequences that nobody decoded are passed on as the bytes that they are.

    Raises:
        WireProtocolError: a document cannot be encoded
    """
    parts = [_UINT32.pack(flags), b"\0", body if isinstance(body, bytes) else encode(body)]
    for name, documents in (sequences or {}).items():
        if isinstance(documents, Documents):
            content = documents.raw
        else:
            content = b"".join(encode(document) for document in documents)
        identifier = name.encode() + b"\0"
        parts += [b"\1", _INT32.pack(4 + len(identifier) + len(content)), identifier, content]
    length = SIZE + sum(map(len, parts))
    return b"".join([Header(length, request_id, response_to, OpCode.MSG).pack(), *parts])


def _verify_checksum(data: bytes) -> int:
    """Where the sections end."""
    end = len(data) - 4
    if end < MIN_MESSAGE_BYTES:
        raise WireProtocolError("too short for its checksum")
    if end > CHECKED_BYTES:
        raise WireProtocolError(f"checksums are verified up to {CHECKED_BYTES} bytes: send it without")
    if _UINT32.unpack_from(data, end)[0] != crc32c(data[:end]):
        raise WireProtocolError("its checksum is wrong")
    return end


def _parse_sections(data: bytes, offset: int, end: int) -> tuple[bytes, dict[str, Documents]]:
    body: bytes | None = None
    sequences: dict[str, Documents] = {}
    for kind, start, stop in _sections(data, offset, end):
        if kind == _BODY:
            if body is not None:
                raise WireProtocolError("two bodies")
            body = data[start:stop]
        else:
            name, content = _name_of_sequence(data, start + 4, stop)
            if name in sequences:
                raise WireProtocolError(f"the sequence {name!r} twice")
            sequences[name] = Documents(data[content:stop])
    if body is None:
        raise WireProtocolError("no body")
    return body, sequences


def _sections(data: bytes, offset: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Kind, start (of the length) and end of each section."""
    while offset < end:
        kind = data[offset]
        if kind not in {_BODY, _SEQUENCE}:
            raise WireProtocolError(f"a section of the unknown kind {kind}")
        if offset + 5 > end:
            raise WireProtocolError("a section that ends before its length")
        (length,) = _INT32.unpack_from(data, offset + 1)
        if length < _SMALLEST_DOCUMENT or offset + 1 + length > end:
            raise WireProtocolError("a section longer than the message")
        yield kind, offset + 1, offset + 1 + length
        offset += 1 + length


def _name_of_sequence(data: bytes, start: int, stop: int) -> tuple[str, int]:
    """The name, and where the documents begin."""
    terminator = data.find(b"\0", start, stop)
    if terminator < 0:
        raise WireProtocolError("a sequence without the end of its name")
    try:
        return data[start:terminator].decode(), terminator + 1
    except UnicodeDecodeError:
        raise WireProtocolError("a sequence whose name is not UTF-8") from None
