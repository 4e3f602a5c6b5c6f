"""One team server for all tests that do not need their own."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from conftest import MongoDB
from safelight_server.settings import Settings
from support.api_server import Person, RunningApi, api_in_process, api_settings


@pytest.fixture(scope="module")
def api(mongodb: MongoDB) -> Iterator[RunningApi]:
    """A server with a first admin and nobody else."""
    with api_in_process(api_settings(mongodb.uri)) as running:
        yield running


@pytest.fixture(scope="module")
def admin(api: RunningApi) -> Person:
    """The first admin."""
    return api.admin


@pytest.fixture
def anonymous(api: RunningApi) -> httpx.Client:
    """A client without a token."""
    return api.client()


@pytest.fixture
def settings(mongodb: MongoDB) -> Iterator[Settings]:
    """Settings of a server with empty databases of its own, which are dropped in the end."""
    chosen = api_settings(mongodb.uri)
    yield chosen
    with mongodb.client() as client:
        client.drop_database(chosen.own_database)
        client.drop_database(chosen.database_name)
