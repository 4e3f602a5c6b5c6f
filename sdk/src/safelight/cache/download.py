"""One object from its store into the cache.

Wait for whoever downloads it already, reserve room, let the store write into a draft and verify it, publish
that. There are two ways: `Downloader.fetch`, a coroutine, for every object; and
`Downloader.fetch_blocking`, in a thread that may wait, which takes less time for what is simple and leaves
the rest to the other.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from safelight.cache.admission import AdmittingStore
from safelight.cache.budget import ByteBudget
from safelight.cache.draft import Draft
from safelight.cache.flights import Flights, landed
from safelight.cache.leases import Leases
from safelight.cache.locks import RecordLocks
from safelight.cache.marks import Mark
from safelight.cache.options import CacheOptions
from safelight.cache.publishing import Publisher, VanishedError
from safelight.cache.space import Space
from safelight.cache.tree import Tree, is_present
from safelight.errors import IntegrityError, ObjectChangedError
from safelight.storage.base import ObjectInfo, ObjectStore, blocking_reads
from safelight.storage.registry import StoreRegistry
from safelight.storage.transfer import LARGE, download_into, receive
from safelight.storage.uri import ObjectURI


@dataclass(frozen=True, slots=True)
class Job:
    """One object to have in the cache.

    Attributes:
        uri: its address
        path: absolute path of its file
        known: what the cache has, when it has an older copy that may be out of date
    """

    uri: ObjectURI
    path: str
    known: Mark | None = None


class NotSimpleError(Exception):
    """`fetch_blocking` leaves an object to `fetch`: nothing was written, and nothing is decided."""


class Downloader:
    """Downloads into one cache.

    Args:
        options: bounds
        stores: where the objects are
        tree: the cache's files
        space: who may write how much
        leases: whose drafts these are
    """

    def __init__(
        self, options: CacheOptions, stores: StoreRegistry, tree: Tree, space: Space, leases: Leases
    ) -> None:
        self._lock_wait = options.lock_wait
        self._stores = stores
        self._tree = tree
        self._space = space
        self._publisher = Publisher(options, tree, space, leases.token)
        self._locks = RecordLocks(tree.cache_dir / "locks")
        self._flights = Flights()
        self._budget = ByteBudget(options.buffer_bytes)

    async def fetch(self, job: Job, *, in_use: bool) -> int | None:
        """Have one object in the cache. Returns its size, or None when nothing had to be downloaded.

        Raises:
            StorageError: the store says no
            ObjectTooLargeError: it is larger than the cache
            CacheError: the cache directory cannot be written
        """
        while (landing := self._flights.begin(job.path)) is not None:
            await landed(landing)
            if is_present(job.path, in_use=in_use):
                return None
        with self._flights.flying(job.path):
            return await self._fetch_alone(job, in_use=in_use)

    def fetch_blocking(self, job: Job, *, in_use: bool) -> int | None:
        """As `fetch`, in a thread that may wait, of an object that needs neither patience nor much memory.

        Raises:
            NotSimpleError: somebody else downloads it, or its store cannot do this, or it is large, or an
                older copy may still be current, or the first try failed and another one may not
            As `fetch`
        """
        if job.known is not None or not self._flights.claim(job.path):
            raise NotSimpleError
        with self._flights.flying(job.path):
            name = self._tree.name_of(job.path)
            if not self._locks.acquire(name):
                raise NotSimpleError
            try:
                if is_present(job.path, in_use=in_use):  # somebody else may have brought it meanwhile
                    return None
                return self._download_blocking(job, in_use=in_use)
            except (IntegrityError, ObjectChangedError, VanishedError) as error:
                raise NotSimpleError from error
            finally:
                self._locks.release(name)

    def close(self) -> None:
        """Let go of locks; they are made again when they are needed."""
        self._locks.close()

    async def _fetch_alone(self, job: Job, *, in_use: bool) -> int | None:
        name = self._tree.name_of(job.path)
        locked = await self._lock(name, job)
        try:
            current = job.known is None or await self._is_current(job, job.known)
            # Somebody else may have brought it meanwhile.
            if current and is_present(job.path, in_use=in_use):
                return None
            try:
                return await self._download(job, in_use=in_use)
            except VanishedError:
                return await self._download(job, in_use=in_use)
        finally:
            if locked:
                self._locks.release(name)

    async def _lock(self, name: str, job: Job) -> bool:
        """Wait while another process downloads the same object. Returns whether the lock is ours."""
        give_up = time.monotonic() + self._lock_wait
        pause = 0.005
        while not self._locks.acquire(name):
            if time.monotonic() > give_up or (job.known is None and os.path.exists(job.path)):
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.2)
        return True

    async def _is_current(self, job: Job, known: Mark) -> bool:
        info = await self._stores.store_for(job.uri).head(job.uri)
        if info.etag is not None and known.etag is not None:
            return info.etag == known.etag and info.size == known.size
        return info.md5 is not None and info.md5 == known.md5

    async def _download(self, job: Job, *, in_use: bool) -> int:
        async with self._reservation() as admit:
            with self._publisher.draft(job.path) as draft:
                store = AdmittingStore(self._stores.store_for(job.uri), admit)
                info = await download_into(cast(ObjectStore, store), job.uri, draft.descriptor)
                flush_is_due = self._publish(job, draft, info, in_use=in_use)
            if flush_is_due:
                await asyncio.to_thread(self._space.flush)
        return info.size

    def _publish(self, job: Job, draft: Draft, info: ObjectInfo, *, in_use: bool) -> bool:
        replaces = job.known is not None
        return self._publisher.publish(draft, job.path, info, in_use=in_use, replaces=replaces)

    @asynccontextmanager
    async def _reservation(self) -> AsyncIterator[Callable[[ObjectInfo], Awaitable[None]]]:
        """Yield what to call once the size is known; give everything back at the end."""
        taken: list[tuple[int, int]] = []

        async def admit(info: ObjectInfo) -> None:
            buffered = await self._budget.acquire(info.size)
            taken.append((buffered, info.size))
            if self._space.reserve(info.size):
                await asyncio.to_thread(self._space.make_room, insist=False)

        try:
            yield admit
        finally:
            for buffered, reserved in taken:
                self._space.release(reserved)
                await self._budget.release(buffered)

    def _download_blocking(self, job: Job, *, in_use: bool) -> int:
        reads = blocking_reads(self._stores.store_for(job.uri), job.uri)
        if reads is None:
            raise NotSimpleError
        reader = reads.open(job.uri)
        info = reader.info
        if info.size >= LARGE:
            raise NotSimpleError
        room_is_short = self._space.reserve(info.size)
        try:
            if room_is_short:
                self._space.make_room(insist=False)
            with self._publisher.draft(job.path) as draft:
                receive(reader, draft.descriptor)
                flush_is_due = self._publish(job, draft, info, in_use=in_use)
            if flush_is_due:
                self._space.flush()
        finally:
            self._space.release(info.size)
        return info.size
