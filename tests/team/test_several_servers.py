"""Several servers behind one address: what is changed at one holds at the others, within seconds at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaitingError
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pymongo
import pytest
from pymongo.errors import OperationFailure

from conftest import MongoDB
from safelight.storage.credentials import Secret
from support.api_server import Person, RunningApi, api_beside
from support.gateway_rig import open_tunnel
from support.rough_network import RoughNetwork, rough_network
from support.two_users import User, make_dataset

_STALE_S = 3.0
"""How long a server may go by what it knows without hearing from MongoDB, as the guide says."""

Found = dict[str, Any] | None


@pytest.fixture(scope="module")
def network(mongodb: MongoDB) -> Iterator[RoughNetwork]:
    """Between MongoDB and the second server's own account, by which it hears of changes."""
    with rough_network(mongodb.uri) as between:
        yield between


@pytest.fixture(scope="module")
def servers(api: RunningApi, mongodb: MongoDB, network: RoughNetwork) -> Iterator[list[RunningApi]]:
    own = Secret(f"mongodb://127.0.0.1:{network.port}/?directConnection=true")
    with api_beside(api, mongodb_uri=own, relay_uri=Secret(mongodb.uri)) as second:
        yield [api, second]


@dataclass
class Desk:
    """Opens connections, and closes them in the end."""

    name: str
    _open: ExitStack = field(default_factory=ExitStack)

    def connect(self, server: RunningApi, person: Person) -> User:
        """A connection of this person to this server, which it keeps."""
        tunnel = self._open.enter_context(open_tunnel(server.url, person.key))
        client = pymongo.MongoClient[dict[str, Any]](tunnel.uri)
        self._open.enter_context(client)
        client.admin.command("ping")
        return User(person, tunnel, client[self.name])


@pytest.fixture
def desk(api: RunningApi) -> Iterator[Desk]:
    made = Desk(api.settings.database_name)
    with made._open:
        yield made


def share(owner: Person, name: str, person: Person, permission: str) -> None:
    path = f"/datasets/{name}/access/users/{person.id}"
    owner.api.put(path, json={"permission": permission}).raise_for_status()


def take_back(owner: Person, name: str, person: Person) -> None:
    owner.api.delete(f"/datasets/{name}/access/users/{person.id}").raise_for_status()


def refused_after(action: Callable[[], Any]) -> float:
    """Seconds until an action that works is refused."""
    begin = time.monotonic()

    def insist() -> None:
        while time.monotonic() - begin < 2 * _STALE_S:
            action()

    with pytest.raises(OperationFailure, match=r"no access|not accepted"):
        insist()
    return time.monotonic() - begin


def test_what_is_made_and_shared_at_one_is_there_at_the_other_with_the_next_command(
    api: RunningApi, servers: list[RunningApi], desk: Desk
) -> None:
    """A command that would be refused asks the database first, so no news have to be waited for."""
    owner, guest = api.person("MEMBER", "owner"), api.person("COLLABORATOR", "guest")
    here, there = (desk.connect(server, owner) for server in servers)
    guests = desk.connect(servers[1], guest)
    for number in range(20):
        name = f"shared-{number}"
        dataset_id = make_dataset(here, name)
        samples = f"samples.{dataset_id}"
        assert there.database[samples].count_documents({}) == 2
        share(owner, name, guest, "VIEW")
        assert guests.database[samples].find_one()
        share(owner, name, guest, "EDIT")
        guests.database[samples].insert_one({"filepath": "/3.jpg"})


def test_what_is_taken_back_at_one_is_refused_at_the_other(
    api: RunningApi, servers: list[RunningApi], desk: Desk
) -> None:
    owner, guest = api.person("MEMBER", "owner"), api.person("COLLABORATOR", "guest")
    here, there = desk.connect(servers[0], owner), desk.connect(servers[1], guest)
    samples = f"samples.{make_dataset(here, 'taken back')}"
    share(owner, "taken back", guest, "VIEW")
    assert there.database[samples].find_one()
    take_back(owner, "taken back", guest)
    assert refused_after(there.database[samples].find_one) < _STALE_S


def test_a_key_that_is_revoked_at_one_is_refused_at_the_other(
    api: RunningApi, servers: list[RunningApi], desk: Desk
) -> None:
    person = api.person("MEMBER", "leaving")
    here, there = (desk.connect(server, person) for server in servers)
    (key,) = person.api.get("/api-keys").raise_for_status().json()["items"]
    person.api.delete(f"/api-keys/{key['id']}").raise_for_status()
    with pytest.raises(OperationFailure, match="not accepted"):
        here.database["datasets"].find_one()
    assert refused_after(there.database["datasets"].find_one) < _STALE_S


def test_a_server_that_hears_nothing_goes_by_what_it_knows_for_seconds_only(
    api: RunningApi, servers: list[RunningApi], desk: Desk, network: RoughNetwork
) -> None:
    """It makes commands wait, and judges them by what it learns when it hears again."""
    owner, guest = api.person("MEMBER", "owner"), api.person("COLLABORATOR", "guest")
    here, there = desk.connect(servers[0], owner), desk.connect(servers[1], guest)
    samples = there.database[f"samples.{make_dataset(here, 'stalled')}"]
    share(owner, "stalled", guest, "VIEW")
    assert samples.find_one()
    network.stalled = True
    try:
        take_back(owner, "stalled", guest)
        time.sleep(_STALE_S + 0.5)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(samples.find_one)
            with pytest.raises(StillWaitingError):
                waiting.result(1)
            network.stalled = False
            with pytest.raises(OperationFailure, match="no access"):
                waiting.result(20)
    finally:
        network.stalled = False
