"""Drivers on one side, MongoDB on the other, and the whole API connection between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pymongo
import pytest

from conftest import MongoDB
from safelight.storage.credentials import Secret
from safelight.tunnel.options import TunnelOptions
from safelight.tunnel.tunnel import Tunnel
from support.gateway_rig import KEY, RunningGateway, gateway_in_process


@pytest.fixture(scope="session")
def gateway(mongodb: MongoDB) -> Iterator[RunningGateway]:
    """A gateway whose policy allows everything; nobody revokes its key."""
    with gateway_in_process(mongodb.uri) as running:
        yield running


@pytest.fixture(scope="session")
def tunnel(gateway: RunningGateway) -> Iterator[Tunnel]:
    """A tunnel to it, with the default settings."""
    opened = Tunnel(TunnelOptions(gateway.url, Secret(KEY)))
    opened.start()
    yield opened
    opened.close()


@pytest.fixture
def client(tunnel: Tunnel) -> Iterator[pymongo.MongoClient[dict[str, Any]]]:
    """A client through the tunnel, and a database `tunnel_tests` that is empty."""
    opened: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(tunnel.uri)
    with opened:
        opened.drop_database("tunnel_tests")
        yield opened
