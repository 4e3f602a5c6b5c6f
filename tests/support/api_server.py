"""A team server on databases of its own: in this process for speed, or as the program it is."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pymongo
from bson import ObjectId

from safelight.storage.credentials import Secret
from safelight_server.bootstrap import bootstrap
from safelight_server.quickstart.ports import find_free_port
from safelight_server.serving import Server, server_config
from safelight_server.settings import Settings

_DEADLINE_S = 20.0
ADMIN = "ada@example.org"


@dataclass(frozen=True)
class Person:
    """A user with an API key.

    Attributes:
        id: the user's
        key: the text of the key
        api: a client that sends it
    """

    id: str
    email: str
    key: str
    api: httpx.Client


@dataclass
class RunningApi:
    """A server that answers, and its databases."""

    settings: Settings
    root_token: str
    admin_key: str
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return self.settings.url

    def client(self, token: str | None = None) -> httpx.Client:
        """A client of the REST API; it is closed with the server."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=20)
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Close every client that was given out."""
        for client in self._clients:
            client.close()

    @property
    def admin(self) -> Person:
        """The first admin."""
        api = self.client(self.admin_key)
        return Person(api.get("/whoami").raise_for_status().json()["id"], ADMIN, self.admin_key, api)

    def person(self, role: str, name: str | None = None) -> Person:
        """A new user of this role, with a key (a guest's is refused when used)."""
        email = f"{name or role.lower()}-{secrets.token_hex(3)}@example.org"
        admin = self.client(self.admin_key)
        user = admin.post("/users", json={"email": email, "name": name or role.title(), "role": role})
        user_id = user.raise_for_status().json()["id"]
        made = admin.post("/api-keys", params={"owner": user_id}, json={"name": "tests"})
        key = made.raise_for_status().json()["key"]
        return Person(user_id, email, key, self.client(key))

    def dataset(
        self, creator: Person | None = None, name: str | None = None, default: str = "NO_ACCESS"
    ) -> str:
        """A new, empty dataset, put into the databases around the server; its name.

        Args:
            creator: who manages it; nobody when None
            default: what members have by default
        """
        dataset_id, name = ObjectId(), f"dataset-{secrets.token_hex(4)}"
        document = {"_id": dataset_id, "name": name, "sample_collection_name": f"samples.{dataset_id}"}
        access = {
            "created_by": creator.id if creator else None,
            "default": default,
            "users": {creator.id: "MANAGE"} if creator else {},
            "groups": {},
            "generated": False,
            "source": None,
        }
        with self.databases() as client:
            client[self.settings.own_database]["dataset_access"].insert_one({"_id": dataset_id, **access})
            client[self.settings.database_name]["datasets"].insert_one(document)
        return name

    def databases(self) -> pymongo.MongoClient[dict[str, Any]]:
        """A client of the MongoDB below, around the server."""
        return pymongo.MongoClient(self.settings.mongodb_uri.reveal(), tz_aware=True)


def api_settings(mongodb_uri: str, **changes: Any) -> Settings:
    """Settings of a server with databases that nobody else has."""
    name = secrets.token_hex(4)
    return Settings(
        port=find_free_port(),
        mongodb_uri=Secret(mongodb_uri),
        database_name=f"datasets_{name}",
        own_database=f"safelight_{name}",
        **changes,
    )


@contextmanager
def api_in_process(settings: Settings, cleaner: Secret | None = None) -> Iterator[RunningApi]:
    """A bootstrapped server in a thread of this process; its databases are dropped in the end.

    Args:
        settings: of the server
        cleaner: address of MongoDB with an account that may drop them, where the server's may not
    """
    done = asyncio.run(bootstrap(settings, ADMIN, new_root_token=True))
    assert done.root_token
    assert done.admin_key
    running = RunningApi(settings, done.root_token.reveal(), done.admin_key.reveal())
    try:
        with _serving(running):
            yield running
    finally:
        with pymongo.MongoClient[dict[str, Any]]((cleaner or settings.mongodb_uri).reveal()) as client:
            client.drop_database(settings.database_name)
            client.drop_database(settings.own_database)


@contextmanager
def api_beside(api: RunningApi, **changes: Any) -> Iterator[RunningApi]:
    """Another server on the same databases, as behind a load balancer.

    Args:
        api: the first one
        changes: of its settings
    """
    settings = replace(api.settings, port=find_free_port(), **changes)
    running = RunningApi(settings, api.root_token, api.admin_key)
    with _serving(running):
        yield running


@contextmanager
def _serving(running: RunningApi) -> Iterator[None]:
    server = Server(server_config(running.settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until_ready(running.url)
        yield
    finally:
        running.close()
        server.should_exit = True
        thread.join(_DEADLINE_S)


def wait_until_ready(url: str) -> None:
    """Return when a server says that it is ready."""
    deadline = time.monotonic() + _DEADLINE_S
    while True:
        try:
            if httpx.get(f"{url}/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, f"{url} does not become ready"
        time.sleep(0.05)
