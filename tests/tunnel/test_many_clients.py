"""Thirty-two clients of one server: how much one of them reads, or how slowly, is nothing to the others."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import pymongo
import pytest
from pymongo.errors import AutoReconnect

from conftest import MongoDB
from support.gateway_rig import KEY, RunningGateway, open_tunnel
from support.rough_network import rough_network

CLIENTS = 32
_MEGABYTES = 60

Collection = pymongo.collection.Collection[dict[str, Any]]


@pytest.fixture(scope="module")
def _large(mongodb: MongoDB) -> None:
    with mongodb.client() as client:
        collection = client["tunnel_tests"]["large"]
        collection.drop()
        collection.insert_many([{"_id": i, "data": os.urandom(1_000) * 1_000} for i in range(_MEGABYTES)])


@pytest.fixture
def clients(gateway: RunningGateway, _large: None) -> Iterator[list[Collection]]:
    """Each with a connection of its own, which is open."""
    with ExitStack() as stack:
        tunnel = stack.enter_context(open_tunnel(gateway.url, KEY))
        opened = [
            stack.enter_context(pymongo.MongoClient[dict[str, Any]](tunnel.uri)) for _ in range(CLIENTS)
        ]
        for client in opened:
            client.admin.command("ping")
        yield [client["tunnel_tests"]["large"] for client in opened]


def small_commands(clients: list[Collection], times: int, go_on: Callable[[], bool]) -> list[int]:
    """How many each client had answered, of so many or until it should not go on."""

    def work(collection: Collection) -> int:
        done = 0
        while done < times and go_on():
            assert collection.find_one({"_id": done % _MEGABYTES}, {"_id": 1})
            done += 1
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, clients))


def test_beside_one_that_reads_slowly_everybody_is_answered(
    gateway: RunningGateway, clients: list[Collection]
) -> None:
    with rough_network(gateway.url) as network, open_tunnel(network.url, KEY, compressor="none") as slow:
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(slow.uri)
        with client:
            cursor = client["tunnel_tests"]["large"].find(batch_size=16)
            network.bytes_per_s = 100_000
            reading = threading.Thread(target=_read, args=(cursor,))
            reading.start()
            assert small_commands(clients, 20, reading.is_alive) == [20] * CLIENTS
            assert reading.is_alive(), "it was not slow"
            network.bytes_per_s = None
            network.cut_all()
            reading.join()


def test_beside_one_that_reads_much_everybody_goes_on(
    gateway: RunningGateway, clients: list[Collection]
) -> None:
    with open_tunnel(gateway.url, KEY, compressor="lzma") as hungry:  # the one that takes longest
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(hungry.uri)
        with client:
            reading = threading.Thread(target=_read, args=(client["tunnel_tests"]["large"].find(),))
            reading.start()
            answered = small_commands(clients, 1_000_000, reading.is_alive)
            reading.join()
    assert min(answered) >= 5, answered


def _read(cursor: pymongo.cursor.Cursor[dict[str, Any]]) -> None:
    with suppress(AutoReconnect):
        assert len(list(cursor)) == _MEGABYTES
