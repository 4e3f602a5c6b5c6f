"""The tunnel's own end: this user's, and nobody else's."""

from __future__ import annotations

import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.errors import OperationFailure
from pymongo.uri_parser import parse_uri

from safelight.storage.credentials import Secret
from safelight.tunnel.directory import SOCKET_NAME, make_directory
from safelight.tunnel.listener import LoopbackListener
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.tunnel import Tunnel
from safelight.wire import messages
from support.gateway_rig import KEY, RunningGateway

Client = pymongo.MongoClient[dict[str, Any]]


@pytest.fixture(scope="module")
def loopback(gateway: RunningGateway) -> Iterator[Tunnel]:
    """What Windows has."""
    tunnel = Tunnel(TunnelOptions(gateway.url, Secret(KEY)), LoopbackListener)
    tunnel.start()
    yield tunnel
    tunnel.close()


def test_the_socket_is_private(tunnel: Tunnel) -> None:
    path = Path(parse_uri(tunnel.uri)["nodelist"][0][0])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(str(path)) < 104, "longer than some systems take"


def test_a_long_temporary_directory_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Some clusters' are longer than the path of a socket may be."""
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    made = Path(make_directory())
    made.rmdir()
    assert deep not in made.parents


def test_what_killed_processes_left_is_deleted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, used, new = (Path(make_directory()) for _ in range(3))
    for directory in (left, used):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(directory / SOCKET_NAME))
    (used / SOCKET_NAME).unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(used / SOCKET_NAME))
        listener.listen()
        make_directory()
    assert not left.exists()
    assert used.exists()
    assert new.exists(), "its socket is about to be made"


def test_a_driver_with_the_password_gets_through_the_port(loopback: Tunnel) -> None:
    client: Client = pymongo.MongoClient(loopback.uri)
    with client:
        collection = client["tunnel_tests"]["loopback"]
        collection.drop()
        collection.insert_many([{"i": i} for i in range(2000)])
        assert len(list(collection.find(batch_size=100))) == 2000


def test_one_with_another_password_does_not(loopback: Tunnel) -> None:
    password = parse_uri(loopback.uri)["password"]
    client: Client = pymongo.MongoClient(loopback.uri.replace(password, "guessed"))
    with client, pytest.raises(OperationFailure, match="belongs to somebody else") as raised:
        client.admin.command("ping")
    assert raised.value.code == 18


def test_one_without_a_password_gets_no_further_than_hello(loopback: Tunnel) -> None:
    host, port = parse_uri(loopback.uri)["nodelist"][0]
    client: Client = pymongo.MongoClient(f"mongodb://{host}:{port}/?loadBalanced=true")
    with client, pytest.raises(OperationFailure, match="needs authentication") as raised:
        client.admin.command("ping")
    assert raised.value.code == 13


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n" * 3,
        messages.build({"saslContinue": 1, "conversationId": 1, "payload": b"c=biws,r=x,p=x"}),
        messages.build({"saslStart": 1, "mechanism": "PLAIN", "payload": b"\0a\0b"}),
        messages.build({"saslStart": 1, "mechanism": "SCRAM-SHA-256", "payload": b"\xff"}),
        messages.build({"saslStart": 1, "mechanism": "SCRAM-SHA-256"}),
        messages.build({}),
    ],
)
def test_whatever_else_is_said_closes_the_port(loopback: Tunnel, said: bytes) -> None:
    with socket.create_connection(parse_uri(loopback.uri)["nodelist"][0], timeout=10) as stranger:
        stranger.sendall(said)
        while stranger.recv(4096):
            pass
