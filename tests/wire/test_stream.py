"""The stream: however it is cut, the same messages come out, and no announced length is believed blindly."""

from __future__ import annotations

import struct
from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import WireProtocolError
from safelight.wire import legacy, messages
from safelight.wire.buffer import MessageBuffer
from safelight.wire.connection import ServerConnection
from safelight.wire.documents import decode, encode
from safelight.wire.header import MAX_MESSAGE_BYTES, Header, OpCode
from safelight.wire.legacy import Query
from safelight.wire.messages import Message
from support.bson_values import DOCUMENTS


def query(namespace: str, document: dict[str, Any]) -> bytes:
    payload = struct.pack("<i", 0) + namespace.encode() + b"\0" + struct.pack("<ii", 0, -1) + encode(document)
    return Header(16 + len(payload), 3, 0, OpCode.QUERY).pack() + payload


@given(st.lists(DOCUMENTS, min_size=1, max_size=4), st.data())
def test_any_cut_yields_the_same_messages(documents: list[dict[str, Any]], data: st.DataObject) -> None:
    stream = b"".join(messages.build(document, request_id=n) for n, document in enumerate(documents))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    connection = ServerConnection()
    received = [
        request
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for request in connection.receive(stream[start:end])
    ]
    assert [request.command() for request in received if isinstance(request, Message)] == documents
    assert connection.is_between_messages


def test_byte_by_byte() -> None:
    stream = query("admin.$cmd", {"ismaster": 1}) + messages.build({"ping": 1}, request_id=4)
    connection = ServerConnection()
    received = [request for byte in stream for request in connection.receive(bytes([byte]))]
    assert [type(request) for request in received] == [Query, Message]


@pytest.mark.parametrize("length", [-1, 0, 15, 20, MAX_MESSAGE_BYTES + 1, 2**31 - 1])
@pytest.mark.parametrize("piece", [1, 16, 400])
def test_a_length_out_of_bounds_is_refused_with_the_header(length: int, piece: int) -> None:
    stream = Header(length, 1, 0, OpCode.MSG).pack() + bytes(400)
    connection = ServerConnection()
    pieces = (stream[start : start + piece] for start in range(0, len(stream), piece))
    with pytest.raises(WireProtocolError, match=f"a message of {length} bytes"):
        deque((list(connection.receive(part)) for part in pieces), maxlen=0)


def test_the_expected_length_is_known_as_soon_as_the_header_is_there() -> None:
    buffer = MessageBuffer(MAX_MESSAGE_BYTES)
    list(buffer.feed(Header(1000, 1, 0, OpCode.MSG).pack()))
    assert buffer.expected == 1000
    assert not buffer.is_empty


@pytest.mark.parametrize(
    ("namespace", "document"),
    [
        ("fiftyone.samples", {"ismaster": 1}),
        ("admin.$cmd", {"listDatabases": 1}),
        ("admin.$cmd", {"find": "system.users", "ismaster": 1}),
        ("admin.$cmd", {}),
    ],
)
def test_op_query_is_for_the_handshake_only(namespace: str, document: dict[str, Any]) -> None:
    with pytest.raises(WireProtocolError, match="handshake only"):
        list(ServerConnection().receive(query(namespace, document)))


def test_a_legacy_reply_carries_one_document() -> None:
    reply = legacy.build_reply({"ok": 1}, response_to=3)
    assert Header.parse(reply) == Header(len(reply), 0, 3, OpCode.REPLY)
    assert decode(reply[36:]) == {"ok": 1}
