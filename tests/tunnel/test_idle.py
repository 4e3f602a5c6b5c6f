"""A script that does nothing for long, behind a proxy that cuts whatever is silent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pymongo
import pytest
from pymongo.errors import AutoReconnect

from conftest import MongoDB
from safelight.tunnel.tunnel import Tunnel
from support.api_server import api_in_process, api_settings
from support.gateway_rig import KEY, RunningGateway, open_tunnel
from support.rough_network import RoughNetwork, rough_network

_DOCUMENTS = 10
_CUTS_AT_S = 1.0


@pytest.fixture
def network(gateway: RunningGateway) -> Iterator[RoughNetwork]:
    with rough_network(gateway.url) as between:
        between.idle_s = _CUTS_AT_S
        yield between


@dataclass
class Script:
    """One that has begun to read, and to listen for changes."""

    collection: pymongo.collection.Collection[dict[str, Any]]
    reading: pymongo.cursor.Cursor[dict[str, Any]]
    changes: pymongo.change_stream.ChangeStream[dict[str, Any]]

    def goes_on(self) -> None:
        """Nothing is lost of what it had begun, and what is new works at the first attempt."""
        assert [document["_id"] for document in self.reading] == list(range(1, _DOCUMENTS))
        self.collection.insert_one(row(_DOCUMENTS))
        assert next(self.changes)["documentKey"] == {"_id": _DOCUMENTS}


def row(number: int) -> dict[str, Any]:
    """As FiftyOne's, whose collection has a unique index."""
    return {"_id": number, "store_name": "idle", "key": str(number)}


@contextmanager
def script(tunnel: Tunnel, database: str) -> Iterator[Script]:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(tunnel.uri, retryReads=False)
    with client:
        collection = client[database]["execution_store"]
        collection.delete_many({})
        collection.insert_many([row(number) for number in range(_DOCUMENTS)])
        with (
            collection.find(batch_size=2).sort("_id", 1) as reading,
            collection.watch(max_await_time_ms=100) as changes,
        ):
            next(reading)
            yield Script(collection, reading, changes)


def test_keep_alive_holds_what_is_open_through_a_proxy_that_cuts_silence(network: RoughNetwork) -> None:
    with (
        open_tunnel(network.url, KEY, keep_alive_s=_CUTS_AT_S / 3) as tunnel,
        script(tunnel, "tunnel_tests") as begun,
    ):
        time.sleep(3 * _CUTS_AT_S)
        begun.goes_on()


def test_without_keep_alive_that_proxy_ends_open_cursors(network: RoughNetwork) -> None:
    """Else the test above would show nothing. The driver says so with an error that may be retried."""
    with open_tunnel(network.url, KEY, keep_alive_s=60) as tunnel, script(tunnel, "tunnel_tests") as begun:
        time.sleep(3 * _CUTS_AT_S)
        with pytest.raises(AutoReconnect):
            list(begun.reading)
        begun.collection.insert_one(row(_DOCUMENTS))


@pytest.mark.endurance
@pytest.mark.timeout(900)
def test_ten_idle_minutes_behind_a_proxy_that_cuts_at_sixty_seconds(mongodb: MongoDB) -> None:
    """The whole server, and every setting as it is by default."""
    with (
        api_in_process(api_settings(mongodb.uri)) as api,
        rough_network(api.url) as network,
        open_tunnel(network.url, api.admin_key) as tunnel,
    ):
        network.idle_s = 60
        with script(tunnel, api.settings.database_name) as begun:
            time.sleep(600)
            begun.goes_on()
