"""The server's side of WebSockets: frames that are not the usual one, and more of them than it answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from conftest import MongoDB
from safelight.wire import messages
from safelight.wire.compression import MAX_FRAME_BYTES
from support.gateway_rig import KEY, RunningGateway, gateway_in_process


@pytest.fixture(scope="module")
def gateway(mongodb: MongoDB) -> Iterator[RunningGateway]:
    with gateway_in_process(mongodb.uri) as running:
        yield running


@pytest.fixture
def websocket(gateway: RunningGateway) -> Iterator[ClientConnection]:
    with connect(
        gateway.url.replace("http", "ws") + "/api/v1/mongo",
        additional_headers={"Authorization": f"Bearer {KEY}"},
        subprotocols=[Subprotocol("mongo.none.bytes")],
        compression=None,
    ) as connected:
        yield connected


def ping(number: int) -> bytes:
    return messages.build({"ping": 1, "$db": "admin"}, request_id=number)


def answered(websocket: ClientConnection) -> int:
    """Which request the next reply answers."""
    reply = websocket.recv(timeout=20)
    assert isinstance(reply, bytes)
    assert messages.parse(reply).command()["ok"] == 1
    return messages.parse(reply).response_to


def test_requests_are_answered_in_order_however_many_wait(websocket: ClientConnection) -> None:
    for number in range(200):
        websocket.send(ping(number))
    assert [answered(websocket) for _ in range(200)] == list(range(200))


def test_fragments_and_pings_between_usual_frames_keep_their_place(websocket: ClientConnection) -> None:
    for number in range(0, 20, 2):
        whole = ping(number)
        websocket.send([whole[:7], whole[7:20], b"", whole[20:]])
        pong = websocket.ping()
        websocket.send(ping(number + 1))
        assert [answered(websocket), answered(websocket)] == [number, number + 1]
        assert pong.wait(20)


def test_a_frame_may_arrive_byte_by_byte(websocket: ClientConnection) -> None:
    websocket.protocol.send_binary(ping(7))
    for byte in b"".join(websocket.protocol.data_to_send()):
        websocket.socket.sendall(bytes([byte]))
    assert answered(websocket) == 7


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"\x82\x05hello", CloseCode.PROTOCOL_ERROR),  # clients have to mask
        (b"\xc2\x80mask", CloseCode.PROTOCOL_ERROR),
        (b"\x83\x80mask", CloseCode.PROTOCOL_ERROR),
        (b"\x80\x80mask", CloseCode.PROTOCOL_ERROR),
        (b"\x82\xff" + (2**62).to_bytes(8, "big"), CloseCode.MESSAGE_TOO_BIG),
        (b"\x82\xff" + (MAX_FRAME_BYTES + 1).to_bytes(8, "big"), CloseCode.MESSAGE_TOO_BIG),
    ],
    ids=["not masked", "extension", "unknown opcode", "continues nothing", "endless", "too long"],
)
def test_what_is_no_frame_of_ours_ends_the_connection(
    websocket: ClientConnection, said: bytes, code: CloseCode
) -> None:
    websocket.send(ping(1))
    assert answered(websocket) == 1
    websocket.socket.sendall(said)
    with pytest.raises(ConnectionClosed):
        websocket.recv(timeout=20)
    assert websocket.protocol.close_code == code
