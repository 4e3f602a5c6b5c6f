"""What every part of `Files` stands on: stores, the media cache, the portal and this process's listings."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from safelight.files.listing import Snapshots
from safelight.storage.base import ObjectStore, Page, PutOptions
from safelight.storage.uri import ObjectURI

T = TypeVar("T")


class Stores(Protocol):
    """Finds the store that serves an address."""

    @property
    def put_options(self) -> PutOptions: ...

    def parse(self, text: str) -> ObjectURI: ...

    def store_for(self, uri: ObjectURI) -> ObjectStore: ...

    async def buckets(self, provider: str) -> Sequence[ObjectURI]: ...


class Runner(Protocol):
    """Runs coroutines for callers that are none."""

    def run(self, coro: Coroutine[Any, Any, T]) -> T: ...


class Cache(Protocol):
    """The part of the media cache that file operations need."""

    def get_local_path(self, path: str, download: bool = True) -> str: ...

    def is_cached(self, path: str) -> bool: ...

    def clear(self, paths: list[str] | None = None) -> None: ...


class Access:
    """Stores, cache and portal for the operations in the subclasses.

    Args:
        stores: finds the store of an address
        cache: the media cache; a file written here is dropped from it
        portal: runs the stores' coroutines
    """

    def __init__(self, stores: Stores, cache: Cache, portal: Runner) -> None:
        self._stores = stores
        self._cache = cache
        self._portal = portal
        self._snapshots = Snapshots()

    def _store_for(self, path: str) -> tuple[ObjectStore, ObjectURI]:
        uri = self._stores.parse(path)
        return self._stores.store_for(uri), uri

    def _put_options(self, *, overwrite: bool = True) -> PutOptions:
        """How files are written here."""
        return replace(self._stores.put_options, overwrite=overwrite)

    def _prefix_of(self, directory: str) -> ObjectURI:
        """The address that every object below a directory starts with."""
        uri = self._stores.parse(directory)
        return uri.with_key(uri.key + "/") if uri.key and not uri.key.endswith("/") else uri

    def _pages(self, directory: str, *, recursive: bool) -> Iterator[Page]:
        """Page through what lies in a remote directory."""
        prefix = self._prefix_of(directory)
        pages = self._stores.store_for(prefix).list(prefix, recursive=recursive)
        try:
            while (page := self._portal.run(_next_page(pages))) is not None:
                yield page
        finally:
            if isinstance(pages, AsyncGenerator):
                self._portal.run(_close(pages))

    def _wrote(self, path: str, size: int | None = None) -> None:
        """Tell this process's own caches that an object is new."""
        self._snapshots.added(path, size)
        self._forget_copy(path)

    def _deleted(self, deleted: Iterable[str]) -> None:
        """Tell this process's own caches that objects are gone."""
        for path in deleted:
            self._snapshots.removed(path)
            self._forget_copy(path)

    def _forget_copy(self, path: str) -> None:
        if self._cache.is_cached(path):
            self._cache.clear([path])


async def _next_page(pages: AsyncIterator[Page]) -> Page | None:
    return await anext(pages, None)


async def _close(pages: AsyncGenerator[Page]) -> None:
    await pages.aclose()
