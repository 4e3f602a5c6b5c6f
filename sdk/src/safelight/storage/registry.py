"""Which store answers for an address: one per provider, account and bucket, made once."""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import Sequence
from typing import Protocol, cast

from safelight.errors import UnsupportedOperationError
from safelight.storage.base import ObjectStore, PutOptions
from safelight.storage.options import StorageOptions
from safelight.storage.per_process import PerProcess
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI


class Provider(Protocol):
    """What a provider's module offers: `PROVIDERS` names its class."""

    def __init__(self, options: StorageOptions, threads: Threads) -> None: ...

    def open(self, uri: ObjectURI) -> ObjectStore:
        """Make the store of `uri.place`; it connects with its first request."""


class BucketLister(Protocol):
    """What a `Provider` may offer besides."""

    async def buckets(self) -> Sequence[ObjectURI]:
        """The buckets of the account that is used where an address names no other, in order of their names.

        Raises:
            As `ObjectStore.head`
        """


#: Where each provider's class is; imported with the first address that needs it.
PROVIDERS = {
    "alipan": "safelight.storage.alipan.provider:AlipanProvider",
    "azure": "safelight.storage.azure.provider:AzureProvider",
    "databricks": "safelight.storage.databricks.provider:DatabricksProvider",
    "fsspec": "safelight.storage.fsspec.provider:FsspecProvider",
    "gcs": "safelight.storage.gcs.provider:GCSProvider",
    "http": "safelight.storage.http.store:HTTPProvider",
    "local": "safelight.storage.local.store:LocalProvider",
    "minio": "safelight.storage.minio.store:MinIOProvider",
    "oci": "safelight.storage.oci.provider:OCIProvider",
    "s3": "safelight.storage.s3.store:S3Provider",
}


class _Pool:
    """The stores of one process."""

    def __init__(self, options: StorageOptions) -> None:
        self.lock = threading.Lock()
        self.threads = Threads(options.connections)
        self.stores: dict[tuple[str, str, str], ObjectStore] = {}
        self.providers: dict[str, Provider] = {}

    def provider(self, name: str, options: StorageOptions) -> Provider:
        provider = self.providers.get(name)
        if provider is None:
            module, _, attribute = PROVIDERS[name].partition(":")
            kind: type[Provider] = getattr(importlib.import_module(module), attribute)
            with self.lock:
                provider = self.providers.setdefault(name, kind(options, self.threads))
        return provider


class StoreRegistry:
    """Makes stores when they are first needed and keeps them.

    A forked child starts with none: sockets, threads and credentials of the parent stay the parent's.

    Args:
        options: the options of storage
    """

    def __init__(self, options: StorageOptions | None = None) -> None:
        self.options = options or StorageOptions()
        #: Reads an address as the options' aliases and endpoints say.
        self.parse = self.options.addresses().parse
        #: How objects are written where nobody says otherwise.
        self.put_options = PutOptions(cache_control=self.options.cache_control or None)
        self._pool = PerProcess(lambda: _Pool(self.options))

    def store_for(self, uri: ObjectURI) -> ObjectStore:
        """The store that answers for `uri`; a dictionary look-up after the first time.

        Raises:
            MissingExtraError: the provider's library is not installed
        """
        pool = self._pool.get()
        store = pool.stores.get(uri.place)
        if store is None:
            provider = pool.provider(uri.provider, self.options)
            with pool.lock:
                store = pool.stores.get(uri.place) or pool.stores.setdefault(uri.place, provider.open(uri))
        return store

    async def buckets(self, provider: str) -> Sequence[ObjectURI]:
        """As `BucketLister.buckets`, of a provider by its name.

        Raises:
            UnsupportedOperationError: its buckets cannot be listed
            MissingExtraError: its library is not installed
        """
        lister = self._pool.get().provider(provider, self.options)
        if not hasattr(lister, "buckets"):
            raise UnsupportedOperationError("its buckets cannot be listed: name one", provider)
        return await cast(BucketLister, lister).buckets()

    async def close(self) -> None:
        """Let go of every store; the next `store_for` makes new ones."""
        pool = self._pool.take()
        if pool is not None:
            await asyncio.gather(*(store.close() for store in pool.stores.values()))
            pool.threads.close()
