"""What closes a connection, whoever is at the other end."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest
from bson import encode
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from conftest import MongoDB
from safelight.wire import messages
from safelight.wire.header import MAX_MESSAGE_BYTES, Header, OpCode
from support.gateway_rig import KEY, RunningGateway, gateway_in_process


@pytest.fixture(scope="module")
def gateway(mongodb: MongoDB) -> Iterator[RunningGateway]:
    with gateway_in_process(mongodb.uri) as running:
        yield running


def open_socket(
    gateway: RunningGateway, key: str = KEY, subprotocol: str = "mongo.none.bytes"
) -> ClientConnection:
    return connect(
        gateway.url.replace("http", "ws") + "/api/v1/mongo",
        additional_headers={"Authorization": f"Bearer {key}"},
        subprotocols=[Subprotocol(subprotocol)],
        compression=None,
        max_size=None,
    )


def ask(websocket: ClientConnection, message: bytes) -> dict[str, Any]:
    websocket.send(message)
    answer = websocket.recv(timeout=20)
    assert isinstance(answer, bytes)
    return messages.parse(answer).command()


def whole(payload: bytes, opcode: int = OpCode.MSG) -> bytes:
    return Header(len(payload) + 16, 1, 0, opcode).pack() + payload


PING = encode({"ping": 1, "$db": "admin"})
MSG = struct.pack("<I", 0)

REFUSED = {
    "another protocol": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "too long": Header(MAX_MESSAGE_BYTES + 1, 1, 0, OpCode.MSG).pack(),
    "too short": Header(20, 1, 0, OpCode.MSG).pack() + bytes(4),
    "compressed": whole(struct.pack("<iiB", OpCode.MSG, 100, 2) + b"x" * 50, OpCode.COMPRESSED),
    "OP_INSERT": whole(bytes(4) + b"fiftyone.samples\0" + PING, 2002),
    "OP_QUERY for data": whole(
        bytes(4) + b"fiftyone.samples\0" + struct.pack("<ii", 0, 1) + PING, OpCode.QUERY
    ),
    "two bodies": whole(MSG + b"\0" + PING + b"\0" + PING),
    "no body": whole(MSG + b"\1" + struct.pack("<i", 6) + b"a\0" + bytes(5)),
    "unknown flags": whole(struct.pack("<I", 4) + b"\0" + PING),
    "unknown section": whole(MSG + b"\2" + PING),
    "not BSON": whole(MSG + b"\0" + struct.pack("<i", 20) + b"\x99" * 16),
    "no database": whole(MSG + b"\0" + encode({"ping": 1})),
    "no command": whole(MSG + b"\0" + encode({})),
    "somebody's session": whole(MSG + b"\0" + encode({"ping": 1, "$db": "admin", "lsid": {"id": 1}})),
    "body and section": messages.build(
        {"insert": "a", "documents": [], "$db": "fiftyone"}, sequences={"documents": [{}]}
    ),
}


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
def test_what_is_not_the_protocol_closes_the_connection(gateway: RunningGateway, said: bytes) -> None:
    with open_socket(gateway) as websocket:
        websocket.send(said)
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(timeout=20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1002


@pytest.mark.parametrize("frame", ["text", bytes(200_000)])
def test_frames_that_no_tunnel_sends_close_the_connection(gateway: RunningGateway, frame: Any) -> None:
    with open_socket(gateway) as websocket:
        websocket.send(frame)
        with pytest.raises(ConnectionClosed):
            websocket.recv(timeout=20)


def test_byte_by_byte(gateway: RunningGateway) -> None:
    with open_socket(gateway) as websocket:
        message = messages.build({"ping": 1, "$db": "admin"}, request_id=9)
        for byte in message[:-1]:
            websocket.send(bytes([byte]))
        assert ask(websocket, message[-1:])["ok"] == 1


def test_requests_that_come_together_are_answered_in_order(gateway: RunningGateway) -> None:
    with open_socket(gateway) as websocket:
        websocket.send(
            b"".join(messages.build({"ping": 1, "$db": "admin"}, request_id=n) for n in range(1, 6))
        )
        answers = [websocket.recv(timeout=20) for _ in range(5)]
    assert [Header.parse(answer).response_to for answer in answers if isinstance(answer, bytes)] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_the_handshake_never_reaches_mongodb(gateway: RunningGateway) -> None:
    with open_socket(gateway) as websocket:
        reply = ask(websocket, messages.build({"hello": 1, "loadBalanced": True, "$db": "admin"}))
        assert reply["serviceId"]
        assert {"setName", "hosts", "topologyVersion", "compression", "saslSupportedMechs"}.isdisjoint(reply)
        legacy = encode({"ismaster": 1, "helloOk": True})
        websocket.send(whole(bytes(4) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1) + legacy, OpCode.QUERY))
        answer = websocket.recv(timeout=20)
    assert isinstance(answer, bytes)
    assert Header.parse(answer).opcode == OpCode.REPLY


def test_an_unknown_key_is_not_let_in(gateway: RunningGateway) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_socket(gateway, key="guessed")
    assert refused.value.response.status_code == 401
    assert b"this API key is not accepted" in bytes(refused.value.response.body or b"")
