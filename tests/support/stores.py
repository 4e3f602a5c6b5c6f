"""A place for objects and the store that answers for it: what the contract suite runs on."""

from __future__ import annotations

import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

import boto3
from botocore.config import Config

from safelight.storage.azure.options import AzureAccount, AzureOptions
from safelight.storage.base import ObjectStore, Page
from safelight.storage.credentials import Secret
from safelight.storage.minio.options import MinIOOptions
from safelight.storage.options import RetryOptions, StorageOptions
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.s3.options import S3Account, S3Options
from safelight.storage.uri import ObjectURI
from support.azurite import ACCOUNT, KEY, AzureServer
from support.s3_server import PUBLIC_BUCKET, S3Server

T = TypeVar("T")

QUICK = RetryOptions(
    attempts=3, first_delay=0.01, longest_delay=0.05, connect_timeout=2, read_timeout=2, total_timeout=10
)
"""Limits under which a failing test fails soon."""


@dataclass(frozen=True)
class Rig:
    """A place for objects, and the store that answers for it.

    Attributes:
        name: which kind of store
        portal: runs the store's coroutines
        registry: makes the store
        base: the prefix below which the test may do as it likes; ends with a slash
        client: the provider's own client for the same place, where there is one
    """

    name: str
    portal: Portal
    registry: StoreRegistry
    base: ObjectURI
    client: Any = None

    @property
    def store(self) -> ObjectStore:
        return self.registry.store_for(self.base)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.portal.run(coroutine)

    def uri(self, key: str) -> ObjectURI:
        """The address of `key` below the base; percent-encoded where addresses are URLs."""
        return self.base.child(quote(key, safe="/~") if self.base.provider == "http" else key)

    def fill(self, key: str, body: bytes) -> ObjectURI:
        """Make an object by other means than the store's, where the store cannot."""
        uri = self.uri(key)
        if self.base.provider == "http":
            prefix = self.base.key.partition("/")[2]
            self.client.put_object(Bucket=PUBLIC_BUCKET, Key=prefix + key, Body=body)
        else:
            self.run(self.store.put(uri, body))
        return uri

    def read(self, key: str) -> bytes:
        """The whole object, through the store."""

        async def collect() -> bytes:
            return b"".join([chunk async for chunk in await self.store.get(self.uri(key))])

        return self.run(collect())

    def pages(self, prefix: str = "", *, recursive: bool = True) -> list[Page]:
        async def collect() -> list[Page]:
            base = self.base.with_key(self.base.key + prefix)
            return [page async for page in self.store.list(base, recursive=recursive)]

        return self.run(collect())

    def keys(self, prefix: str = "", *, recursive: bool = True) -> list[str]:
        """Keys below the base, as a listing gives them."""
        pages = self.pages(prefix, recursive=recursive)
        return [info.uri.key.removeprefix(self.base.key) for page in pages for info in page.objects]

    def prefixes(self, prefix: str = "") -> list[str]:
        """Folders below the base, as a listing gives them."""
        pages = self.pages(prefix, recursive=False)
        return [uri.key.removeprefix(self.base.key) for page in pages for uri in page.prefixes]


def account(server: S3Server, **changes: Any) -> S3Account:
    """The account that may do everything at `server`."""
    whole = S3Account(
        access_key_id=Secret(server.access_key),
        secret_access_key=Secret(server.secret_key),
        endpoint_url=server.endpoint_url,
        region=server.region,
    )
    return replace(whole, **changes)


def options_for(s3_account: S3Account, **s3_options: Any) -> StorageOptions:
    """Options for one account, under limits that suit a test."""
    return StorageOptions(retry=QUICK, s3=S3Options(account=s3_account, **s3_options))


def s3_rig_at(server: S3Server, name: str, portal: Portal, registry: StoreRegistry) -> Rig:
    """A new bucket at `server`, prepared directly and reached through `registry`."""
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name=server.region,
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )
    bucket = f"rig-{uuid.uuid4().hex[:10]}"
    client.create_bucket(Bucket=bucket)
    return Rig(name, portal, registry, ObjectURI("s3", bucket, "base/"), client)


def minio_rig_at(server: S3Server, portal: Portal, endpoint: str = "") -> Rig:
    """A new bucket at `server`, reached as MinIO's users do; by default directly."""
    url = endpoint or server.endpoint_url
    options = MinIOOptions(
        account=account(server, isolated=True, endpoint_url=url), endpoint=url, alias="pictures"
    )
    registry = StoreRegistry(StorageOptions(retry=QUICK, minio=options))
    rig = s3_rig_at(server, "minio", portal, registry)
    return replace(rig, base=registry.parse(f"pictures://{rig.base.bucket}/base/"))


def public_rig_at(server: S3Server, portal: Portal, endpoint: str = "") -> Rig:
    """What everybody may read at `server`, reached as a web address; by default directly."""
    make_public_bucket(server)
    base = ObjectURI("http", endpoint or server.endpoint_url, f"{PUBLIC_BUCKET}/")
    return Rig("http", portal, StoreRegistry(StorageOptions(retry=QUICK)), base, server.client())


def azure_rig_at(server: AzureServer, portal: Portal, endpoint: str = "") -> Rig:
    """A new container at `server`, reached with the account's key by an alias; by default directly."""
    who = azure_account(server, alias="pictures", endpoint=f"{endpoint or server.url}/{ACCOUNT}")
    registry = StoreRegistry(azure_options_for(who))
    container = f"rig-{uuid.uuid4().hex[:10]}"
    server.client.create_container(container)
    base = registry.parse(f"pictures://{container}/base/")
    return Rig("azure", portal, registry, base, server.client)


def azure_account(server: AzureServer, **changes: Any) -> AzureAccount:
    """The account at `server`, as its owner."""
    whole = AzureAccount(endpoint=server.endpoint, name=ACCOUNT, account_key=Secret(KEY))
    return replace(whole, **changes)


def azure_options_for(who: AzureAccount, **azure_options: Any) -> StorageOptions:
    """Options for one Azure account, under limits that suit a test."""
    return StorageOptions(retry=QUICK, azure=AzureOptions(account=who, **azure_options))


def make_public_bucket(server: S3Server) -> None:
    """Create the bucket that everybody may read."""
    client = server.client()
    if PUBLIC_BUCKET not in {found["Name"] for found in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=PUBLIC_BUCKET)
