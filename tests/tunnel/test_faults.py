"""What networks, servers and admins do to a running script: it goes on, or says clearly why it cannot."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
import trustme
from pymongo.errors import AutoReconnect, OperationFailure

from conftest import MongoDB
from safelight.errors import ApiConnectionError, ApiKeyRefusedError, ApiUnavailableError
from safelight_server.quickstart.ports import find_free_port
from support.gateway_rig import KEY, RunningGateway, gateway_in_process, open_tunnel
from support.rough_network import RoughNetwork, rough_network

Client = pymongo.MongoClient[dict[str, Any]]


@pytest.fixture
def network(gateway: RunningGateway) -> Iterator[RoughNetwork]:
    with rough_network(gateway.url) as between:
        yield between


class Writer:
    """Inserts numbered documents until it is told to stop, and remembers which were acknowledged."""

    def __init__(self, uri: str) -> None:
        self._client: Client = pymongo.MongoClient(uri)
        self.collection = self._client["tunnel_tests"]["numbers"]
        self.collection.drop()
        self.acknowledged: list[int] = []
        self.errors: list[AutoReconnect] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Writer:  # noqa: PYI034 - nobody derives from it
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()
        self._client.close()

    def finish(self) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for(self, count: int) -> None:
        target = len(self.acknowledged) + count
        while len(self.acknowledged) < target:
            assert self._thread.is_alive()
            self._thread.join(0.01)

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            try:
                self.collection.insert_one({"number": number})
                self.acknowledged.append(number)
            except AutoReconnect as error:
                self.errors.append(error)


def stored(mongodb: MongoDB) -> list[int]:
    with mongodb.client() as client:
        return sorted(document["number"] for document in client["tunnel_tests"]["numbers"].find())


def test_a_restart_of_the_server_is_not_noticed(mongodb: MongoDB) -> None:
    port = find_free_port()
    with (
        gateway_in_process(mongodb.uri, port=port) as first,
        open_tunnel(first.url, KEY) as tunnel,
        Writer(tunnel.uri) as writer,
    ):
        writer.wait_for(50)
        first.stop()
        with gateway_in_process(mongodb.uri, port=port):
            writer.wait_for(50)
        with gateway_in_process(mongodb.uri, port=port):
            writer.wait_for(50)
            writer.finish()
    assert writer.errors == []
    assert stored(mongodb) == writer.acknowledged


def test_connections_that_are_cut_anywhere_lose_and_double_nothing(
    network: RoughNetwork, mongodb: MongoDB
) -> None:
    chance = random.Random(4)
    with open_tunnel(network.url, KEY) as tunnel, Writer(tunnel.uri) as writer:
        writer.wait_for(10)
        network.cuts = [chance.randrange(600, 30_000) for _ in range(60)]
        network.cut_all()
        while network.cuts:
            writer.wait_for(1)
        writer.wait_for(10)
    found = stored(mongodb)
    assert len(found) == len(set(found)), "an insert was executed twice"
    assert set(writer.acknowledged) <= set(found), "an acknowledged insert was lost"
    unknown = set(found) - set(writer.acknowledged)
    assert len(unknown) <= len(writer.errors)


def test_a_network_that_stands_still_is_given_up(network: RoughNetwork) -> None:
    with open_tunnel(network.url, KEY, keep_alive_s=0.3, hold_s=0.5, open_timeout_s=0.5) as tunnel:
        client: Client = pymongo.MongoClient(tunnel.uri)
        with client:
            client.admin.command("ping")
            network.stalled = True
            with pytest.raises(AutoReconnect):
                client["tunnel_tests"]["numbers"].insert_one({"number": 1})
            network.stalled = False
            assert client.admin.command("ping")["ok"] == 1


def test_a_narrow_line_carries_long_messages_and_keep_alive(network: RoughNetwork) -> None:
    """A message takes longer than keep-alive may: pings have to get through between its pieces."""
    with open_tunnel(network.url, KEY, keep_alive_s=2, compressor="none") as tunnel:
        client: Client = pymongo.MongoClient(tunnel.uri)
        with client:
            collection = client["tunnel_tests"]["long"]
            collection.drop()
            network.bytes_per_s = 4_000_000
            document = {"_id": 1, "data": random.Random(1).randbytes(16_000_000)}
            collection.insert_one(document)
            assert collection.find_one({"_id": 1}) == document


def test_a_revoked_key_closes_at_once(mongodb: MongoDB) -> None:
    with gateway_in_process(mongodb.uri) as gateway, open_tunnel(gateway.url, KEY) as tunnel:
        client: Client = pymongo.MongoClient(tunnel.uri)
        with client:
            collection = client["tunnel_tests"]["watched"]
            collection.insert_one({})
            with collection.watch(max_await_time_ms=60_000) as stream:
                threading.Timer(0.3, gateway.revoke).start()
                # The driver tries to go on with another connection, and is told the reason.
                with pytest.raises(
                    OperationFailure, match="this API key is not accepted: it is revoked"
                ) as raised:
                    next(stream)
        assert raised.value.code == 18


def test_an_unknown_key_is_refused_when_the_tunnel_opens(gateway: RunningGateway) -> None:
    with (
        pytest.raises(ApiKeyRefusedError, match="refuses the API key: this API key is not accepted"),
        open_tunnel(gateway.url, "another-key"),
    ):
        pass


def test_a_server_that_is_not_there_is_named() -> None:
    url = f"http://localhost:{find_free_port()}"
    with (
        pytest.raises(ApiUnavailableError, match=f"{url} cannot be reached"),
        open_tunnel(url, KEY, hold_s=0.3),
    ):
        pass


def test_a_driver_is_told_why_the_server_is_gone(mongodb: MongoDB) -> None:
    with gateway_in_process(mongodb.uri) as gateway:
        tunnel = open_tunnel(gateway.url, KEY, hold_s=0.3)
        uri = tunnel.__enter__().uri
    client: Client = pymongo.MongoClient(uri)
    with client, pytest.raises(AutoReconnect, match=f"{gateway.url} cannot be reached"):
        client.admin.command("ping")
    tunnel.__exit__(None, None, None)


def test_something_else_at_the_address_is_named(mongodb: MongoDB) -> None:
    with (
        gateway_in_process(mongodb.uri) as gateway,
        pytest.raises(ApiConnectionError, match="no Safelight server"),
        open_tunnel(f"{gateway.url}/elsewhere", KEY),
    ):
        pass


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secured(mongodb: MongoDB, authority: trustme.CA, tmp_path_factory: Any) -> Iterator[RunningGateway]:
    """A gateway with a certificate of the organization's own authority."""
    chain = tmp_path_factory.mktemp("tls") / "chain.pem"
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(chain)
    with gateway_in_process(mongodb.uri, ssl_certfile=chain, ssl_keyfile=chain) as running:
        yield running


def test_a_certificate_that_cannot_be_trusted_is_said(secured: RunningGateway) -> None:
    with (
        pytest.raises(ApiConnectionError, match=r"cannot be trusted .* SSL_CERT_FILE"),
        open_tunnel(secured.url, KEY),
    ):
        pass


def test_the_organizations_authority_and_proxy_are_used(
    secured: RunningGateway, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with rough_network(secured.url, is_proxy=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with open_tunnel(secured.url, KEY) as tunnel:
            client: Client = pymongo.MongoClient(tunnel.uri)
            with client:
                assert client.admin.command("ping")["ok"] == 1
        assert proxy.asked == [secured.url.removeprefix("https://")] * 2
