"""A client that goes while its command runs: MongoDB need not go on."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from conftest import MongoDB
from support.gateway_rig import KEY, gateway_in_process, open_tunnel

Client = pymongo.MongoClient[dict[str, Any]]

_SLOW = {"$where": "sleep(30000) || true"}
_PATIENCE_S = 20.0


def running(mongodb: MongoDB) -> int:
    """How many commands MongoDB works on that look for what is `watched`."""
    with mongodb.client() as client:
        found = client.admin.aggregate([{"$currentOp": {}}, {"$match": {"command.find": "watched"}}])
        return len(list(found))


def wait_for(mongodb: MongoDB, count: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while running(mongodb) != count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_long_command_ends_with_the_connection_of_its_client(mongodb: MongoDB) -> None:
    with gateway_in_process(mongodb.uri) as gateway, open_tunnel(gateway.url, KEY) as tunnel:
        client: Client = pymongo.MongoClient(tunnel.uri, retryReads=False)
        with client:
            collection = client["tunnel_tests"]["watched"]
            collection.drop()
            collection.insert_one({})  # a short command before it, on the same connection

            def ask() -> None:
                with suppress(PyMongoError):
                    collection.find_one(_SLOW)

            asking = threading.Thread(target=ask)
            asking.start()
            wait_for(mongodb, 1)
            tunnel.close()
            asking.join()
            wait_for(mongodb, 0)


def test_one_whose_client_waits_goes_on(mongodb: MongoDB) -> None:
    with gateway_in_process(mongodb.uri) as gateway, open_tunnel(gateway.url, KEY) as tunnel:
        client: Client = pymongo.MongoClient(tunnel.uri)
        with client:
            collection = client["tunnel_tests"]["waited_for"]
            collection.drop()
            collection.insert_one({"_id": 1})
            assert collection.find_one({"$where": "sleep(2500) || true"}) == {"_id": 1}
            assert collection.find_one() == {"_id": 1}, (
                "what was read while it ran belongs to the next command"
            )
