"""OP_MSG: what is written is read again, and what is refused is refused before it costs anything."""

from __future__ import annotations

import struct
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import WireProtocolError
from safelight.wire import messages
from safelight.wire.checksum import CHECKED_BYTES, crc32c
from safelight.wire.documents import Documents
from safelight.wire.header import Header, OpCode
from safelight.wire.messages import Flags
from support.bson_values import DOCUMENTS, NAMES

PING = {"ping": 1, "$db": "admin"}


def rewrapped(data: bytes, *, opcode: int = OpCode.MSG, length: int | None = None) -> bytes:
    """The same payload below a header that tells its length."""
    return Header(length or len(data), 7, 0, opcode).pack() + data[16:]


def with_sections(*sections: bytes, flags: int = 0) -> bytes:
    """A message whose sections may be anything."""
    return rewrapped(bytes(16) + struct.pack("<I", flags) + b"".join(sections))


def body(document: dict[str, Any]) -> bytes:
    return b"\0" + bson.encode(document)


def sequence(name: bytes, *documents: dict[str, Any]) -> bytes:
    content = name + b"\0" + b"".join(bson.encode(document) for document in documents)
    return b"\1" + struct.pack("<i", len(content) + 4) + content


@given(
    DOCUMENTS, st.dictionaries(NAMES, st.lists(DOCUMENTS, max_size=3), max_size=3), st.integers(0, 2**31 - 1)
)
def test_what_is_built_is_parsed(
    command: dict[str, Any], sequences: dict[str, list[dict[str, Any]]], request_id: int
) -> None:
    data = messages.build(command, request_id=request_id, sequences=sequences, flags=Flags.MORE_TO_COME)
    message = messages.parse(data)
    assert message.request_id == request_id
    assert message.command() == command
    assert {name: list(documents) for name, documents in message.sequences.items()} == sequences
    assert not message.wants_reply


@given(DOCUMENTS, st.lists(DOCUMENTS, max_size=3))
def test_sequences_that_nobody_decoded_are_passed_on_byte_by_byte(
    command: dict[str, Any], documents: list[dict[str, Any]]
) -> None:
    first = messages.parse(messages.build(command, sequences={"documents": documents}))
    again = messages.parse(messages.build(first.body, sequences=first.sequences))
    assert again.body == first.body
    assert again.sequences["documents"].raw == first.sequences["documents"].raw


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (with_sections(body(PING), body(PING)), "two bodies"),
        (with_sections(sequence(b"documents", {})), "no body"),
        (with_sections(), "not the message's"),
        (with_sections(body(PING), sequence(b"a"), sequence(b"a")), "'a' twice"),
        (with_sections(body(PING), b"\2" + bson.encode({})), "unknown kind 2"),
        (with_sections(body(PING), flags=1 << 2), "unknown flags"),
        (with_sections(body(PING), flags=1 << 17), "unknown flags"),
        (with_sections(body(PING) + b"\0\1"), "ends before its length"),
        (with_sections(body(PING)[:-1]), "longer than the message"),
        (with_sections(b"\0" + struct.pack("<i", -1) + bytes(9)), "longer than the message"),
        (with_sections(body(PING), b"\1" + struct.pack("<i", 8) + b"aaaa"), "end of its name"),
        (with_sections(body(PING), sequence(b"\xff")), "not UTF-8"),
        (rewrapped(with_sections(body(PING)), opcode=OpCode.COMPRESSED), "opcode 2012"),
        (rewrapped(with_sections(body(PING)), opcode=2002), "opcode 2002"),
        (rewrapped(with_sections(body(PING)), length=1000), "not the message's"),
    ],
)
def test_refused(data: bytes, why: str) -> None:
    with pytest.raises(WireProtocolError, match=why):
        messages.parse(data)


def test_a_right_checksum_is_taken_and_a_wrong_one_is_not() -> None:
    plain = with_sections(body(PING), flags=Flags.CHECKSUM_PRESENT)
    whole = rewrapped(plain, length=len(plain) + 4)
    good = whole + struct.pack("<I", crc32c(whole))
    assert messages.parse(good).command() == PING
    assert messages.parse(good).flags == Flags.NONE
    with pytest.raises(WireProtocolError, match="checksum is wrong"):
        messages.parse(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(WireProtocolError, match="verified up to"):
        messages.parse(
            with_sections(body({"x": "y" * CHECKED_BYTES}), bytes(4), flags=Flags.CHECKSUM_PRESENT)
        )


def test_the_checksum_is_crc32c() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # the check value of the CRC catalogues


def test_sequences_are_decoded_when_they_are_looked_at() -> None:
    documents = Documents(b"not bson")
    message = messages.parse(messages.build(PING, sequences={"documents": documents}))
    with pytest.raises(WireProtocolError, match="not a sequence"):
        list(message.sequences["documents"])
