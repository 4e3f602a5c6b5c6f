"""One asyncio pipeline from the stores into the cache.

For each object: wait for whoever downloads it already, reserve room, let the store write into a unique
temporary file and verify it, mark it, rename it into place, enter it in the ledger. Failures are outcomes,
not accidents: a bulk job goes on and reports them.
"""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from safelight.cache.admission import AdmittingStore
from safelight.cache.budget import ByteBudget
from safelight.cache.index import Entry
from safelight.cache.leases import Leases
from safelight.cache.locks import RecordLocks
from safelight.cache.marks import Mark, write_mark
from safelight.cache.options import CacheOptions
from safelight.cache.report import DownloadReport
from safelight.cache.space import Space
from safelight.cache.tree import Tree, touch
from safelight.errors import CacheError, SafelightError
from safelight.storage.base import ObjectInfo, ObjectStore
from safelight.storage.registry import StoreRegistry
from safelight.storage.transfer import download
from safelight.storage.uri import ObjectURI

_DISK_ERRORS: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}
)
"""What the next file will meet too: the job ends instead of downloading everything for nothing."""


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


class DiskError(CacheError):
    """The cache's own disk refuses: no space, not writable."""


class Downloader:
    """Downloads into one cache; lives on the portal's event loop.

    Args:
        options: bounds
        stores: where the objects are
        tree: the cache's files
        space: who may write how much
        leases: whose temporary files these are
    """

    def __init__(
        self, options: CacheOptions, stores: StoreRegistry, tree: Tree, space: Space, leases: Leases
    ) -> None:
        self._options = options
        self._stores = stores
        self._tree = tree
        self._space = space
        self._token = leases.token
        self._locks = RecordLocks(tree.cache_dir / "locks")
        self._running: dict[str, asyncio.Future[int | None]] = {}
        self._budget = ByteBudget(options.buffer_bytes)

    async def run(
        self,
        jobs: Iterable[Job],
        report: DownloadReport,
        *,
        advance: Callable[[], None],
        in_use: bool,
        stop_on_failure: bool,
    ) -> None:
        """Download many objects, and enter every outcome in `report`.

        Args:
            jobs: the objects
            report: gets the outcomes
            advance: called after every object
            in_use: whether the files are handed out at once, and so may not be evicted for a while
            stop_on_failure: whether to leave out the rest after the first failure
        """
        queue = iter(jobs)
        fatal: list[Exception] = []

        async def work() -> None:
            for job in queue:
                try:
                    if fatal:
                        raise fatal[0]
                    size = await self.fetch(job, in_use=in_use)
                except SafelightError as error:
                    report.failures[str(job.uri)] = error
                    if stop_on_failure:
                        return
                    if isinstance(error, DiskError):
                        fatal.append(error)
                else:
                    report.downloaded += size is not None
                    report.cached += size is None
                    report.bytes += size or 0
                if stop_on_failure and report.failures:
                    return
                advance()

        workers = [asyncio.ensure_future(work()) for _ in range(self._options.requests)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def fetch(self, job: Job, *, in_use: bool) -> int | None:
        """Have one object in the cache. Returns its size, or None when nothing had to be downloaded.

        Raises:
            StorageError: the store says no
            ObjectTooLargeError: it is larger than the cache
            CacheError: the cache directory cannot be written
        """
        while (running := self._running.get(job.path)) is not None:
            await asyncio.wait([running])
            if not running.cancelled():
                running.result()
                if _is_present(job.path, in_use=in_use):
                    return None
        future: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._running[job.path] = future
        try:
            size = await self._fetch_alone(job, in_use=in_use)
        except asyncio.CancelledError:
            future.cancel()
            raise
        except BaseException as error:
            future.set_exception(error)
            future.exception()  # there may be nobody else to look at it
            raise
        finally:
            del self._running[job.path]
        future.set_result(size)
        return size

    def close(self) -> None:
        """Let go of locks; they are made again when they are needed."""
        self._locks.close()

    async def _fetch_alone(self, job: Job, *, in_use: bool) -> int | None:
        name = self._tree.name_of(job.path)
        locked = await self._lock(name, job)
        try:
            current = job.known is None or await self._is_current(job, job.known)
            if current and _is_present(
                job.path, in_use=in_use
            ):  # somebody else may have brought it meanwhile
                return None
            return await self._download(job, in_use=in_use)
        finally:
            if locked:
                self._locks.release(name)

    async def _lock(self, name: str, job: Job) -> bool:
        """Wait while another process downloads the same object. Returns whether the lock is ours."""
        give_up = time.monotonic() + self._options.lock_wait
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
        try:
            return await self._download_once(job, in_use=in_use)
        except SafelightError:
            raise
        except FileNotFoundError:
            # An eviction removed the directory after we made it, or somebody swept the cache by hand.
            self._tree.forget_directories()
            return await self._download_again(job, in_use=in_use)
        except OSError as error:
            raise _disk_error(error, job.path) from error

    async def _download_again(self, job: Job, *, in_use: bool) -> int:
        try:
            return await self._download_once(job, in_use=in_use)
        except SafelightError:
            raise
        except OSError as error:
            raise _disk_error(error, job.path) from error

    async def _download_once(self, job: Job, *, in_use: bool) -> int:
        temporary = self._tree.temporary_path(self._tree.make_parent(job.path), self._token)
        async with self._reservation() as admit:
            try:
                store = AdmittingStore(self._stores.store_for(job.uri), admit)
                info = await download(cast(ObjectStore, store), job.uri, temporary)
                entry = self._publish(job, temporary, info, in_use=in_use)
            except BaseException:
                with suppress(OSError):
                    Path(temporary).unlink(missing_ok=True)
                raise
            if self._space.enter(entry):
                await asyncio.to_thread(self._space.flush)
        return info.size

    def _publish(self, job: Job, temporary: str, info: ObjectInfo, *, in_use: bool) -> Entry:
        write_mark(temporary, Mark(info.size, info.etag, info.md5))
        now = time.time()
        accessed = now if in_use else now - self._options.grace_seconds - 1.0
        os.utime(temporary, (accessed, now))
        self._tree.publish(temporary, job.path)
        return Entry(self._tree.name_of(job.path), info.size, accessed, info.etag, info.md5)

    @asynccontextmanager
    async def _reservation(self) -> AsyncIterator[Callable[[ObjectInfo], Awaitable[None]]]:
        """Yield what to call once the size is known; give everything back at the end."""
        taken: list[tuple[int, int]] = []

        async def admit(info: ObjectInfo) -> None:
            buffered = await self._budget.acquire(info.size)
            taken.append((buffered, info.size))
            await self._space.admit(info.size)

        try:
            yield admit
        finally:
            for buffered, reserved in taken:
                self._space.release(reserved)
                await self._budget.release(buffered)


def _is_present(path: str, *, in_use: bool) -> bool:
    """Whether the file is there; touched when it is handed out, for who brought it may not have done that."""
    try:
        status = os.stat(path)
    except OSError:
        return False
    return touch(path, status.st_mtime_ns) if in_use else True


def _disk_error(error: OSError, path: str) -> CacheError:
    reason = f"the media cache cannot write {path}: {error.strerror or error}"
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        reason += "; free space there, or choose another FIFTYONE_MEDIA_CACHE_DIR"
    return (DiskError if error.errno in _DISK_ERRORS else CacheError)(reason)
