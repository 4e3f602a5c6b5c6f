"""The whole of it, running, and how a store finds it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.auth.compute_engine import _metadata
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from safelight.storage.gcs.options import GCSAccount, GCSOptions
from safelight.storage.options import StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI
from support.gcs.emulator import emulator
from support.gcs.front import Front
from support.gcs.identity import PROJECT, Identity, written
from support.stores import QUICK, Rig


@dataclass(frozen=True)
class GCSPlace:
    """What a test knows about the store.

    Attributes:
        emulator: URL of the emulator, which asks nobody
        front: the server that clients talk to
        identity: where tokens come from
        client: Google's, behind everybody's back, for what a test prepares and checks
        directory: for files with credentials
    """

    emulator: str
    front: Front
    identity: Identity
    client: Client = field(repr=False)
    directory: Path = field(repr=False)

    def new_bucket(self) -> str:
        """Create an empty bucket with a unique name, and return the name."""
        name = f"rig-{uuid.uuid4().hex[:10]}"
        self.client.create_bucket(name)
        return name

    def credentials_file(self, content: dict[str, Any] | None = None) -> str:
        """Write a file with credentials, by default a service account's key; its path."""
        path = self.directory / f"{uuid.uuid4().hex[:10]}.json"
        return written(content or self.identity.service_account(), path)

    def account(self) -> GCSAccount:
        """The service account that may do everything."""
        return GCSAccount(credentials_file=self.credentials_file(), source="the rig")

    def options(self, account: GCSAccount | None = None, *, url: str = "", **gcs: Any) -> StorageOptions:
        """Options for one account, under limits that suit a test."""
        endpoint = {"client_options": {"api_endpoint": url or self.front.url}}
        arguments = {"client_kwargs": endpoint} | gcs
        return StorageOptions(retry=QUICK, gcs=GCSOptions(account=account or self.account(), **arguments))

    def rig(self, portal: Portal, options: StorageOptions | None = None) -> Rig:
        """A new bucket, reached through the front."""
        registry = StoreRegistry(options or self.options())
        return Rig("gcs", portal, registry, ObjectURI("gcs", self.new_bucket(), "base/"), self.client)


@contextmanager
def gcs_place(directory: Path) -> Iterator[GCSPlace]:
    """Run emulator, front and identity for the time of a `with` block."""
    directory.mkdir()
    # The variable NO_GCE_CHECK was read when this was imported: nobody looks for Google's metadata server.
    _metadata._NO_GCE_CHECK = True
    identity = Identity()
    with identity.running(), emulator(directory / "emulator") as url:
        front = Front(url, identity)
        client = Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": url})
        with front.running(), closing(client):
            yield GCSPlace(url, front, identity, client, directory)
