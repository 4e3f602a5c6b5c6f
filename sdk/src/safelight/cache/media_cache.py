"""The media cache: remote objects as local files."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from safelight.cache.bulk import BulkDownload
from safelight.cache.download import Job, NotSimpleError
from safelight.cache.index import Entry
from safelight.cache.layout import Layout
from safelight.cache.maintenance import Damage, verify
from safelight.cache.marks import Mark
from safelight.cache.options import UNLIMITED, CacheOptions
from safelight.cache.progress import ProgressOption, tracked
from safelight.cache.report import DownloadReport
from safelight.cache.session import Session
from safelight.cache.stats import CacheStats
from safelight.cache.tree import Tree, is_condemned, touch
from safelight.errors import CacheError, InvalidURIError
from safelight.storage.per_process import PerProcess
from safelight.storage.portal import Portal
from safelight.storage.registry import StoreRegistry
from safelight.storage.uri import ObjectURI, is_remote

_TOUCHES_PER_GRACE: Final = 4


class MediaCache:
    """Remote objects as local files, up to a size; safe for threads, forks and any number of processes.

    Local paths pass through every method unchanged. Making one opens nothing and writes nothing.

    Args:
        options: where the cache is and how much it may hold
        stores: where objects come from
        portal: runs the downloads

    Attributes:
        last_report: the outcome of the last bulk download of this process
    """

    def __init__(self, options: CacheOptions, stores: StoreRegistry, portal: Portal) -> None:
        self.options = options
        self.last_report = DownloadReport()
        self._stores = stores
        self._portal = portal
        tree = Tree(options.cache_dir)
        self._layout = Layout(tree.media_dir, folds_case=tree.folds_case())
        self._touch_seconds = options.grace_seconds / _TOUCHES_PER_GRACE if options.limited else float("inf")
        self._session = PerProcess(lambda: Session(options, stores))

    def local_path_of(self, path: str) -> str:
        """Return where the file of an object is or would be, without looking."""
        return self._layout.path_of(self._stores.parse(path)) if is_remote(path) else path

    def is_cached(self, path: str) -> bool:
        """Whether an object is in the cache; true for local paths."""
        return not is_remote(path) or os.path.isfile(self.local_path_of(path))

    def find(self, path: str) -> str | None:
        """The local path of an object that is in the cache, for use now; None when it is not."""
        local = self.local_path_of(path)
        return local if not is_remote(path) or self._use(local) else None

    def get_local_path(self, path: str, download: bool = True) -> str:
        """Return the local path of an object, downloading it first if it is not in the cache.

        Args:
            path: a remote address or a local path
            download: False returns where the file would be

        Raises:
            StorageError: the object cannot be read
            CacheError: the cache cannot take it
        """
        if not is_remote(path):
            return path
        uri = self._stores.parse(path)
        local = self._layout.path_of(uri)
        if not self._use(local) and download:
            session = self._session.get()
            with session.working(briefly=True):
                self._portal.run(session.downloader.fetch(Job(uri, local), in_use=True))
        return local

    def bring(self, path: str) -> int:
        """Have one object in the cache that will be asked for soon; the calling thread waits.

        Unlike `get_local_path` it cannot be interrupted, and in exchange takes less of the processor.

        Returns:
            its size in bytes

        Raises:
            As `get_local_path`
        """
        uri = self._stores.parse(path)
        job = Job(uri, self._layout.path_of(uri))
        if not self._use(job.path):
            session = self._session.get()
            with session.working(briefly=True):
                try:
                    session.downloader.fetch_blocking(job, in_use=True)
                except NotSimpleError:
                    self._portal.run(session.downloader.fetch(job, in_use=True))
        return _size_of(job.path) or 0

    def get_local_paths(
        self,
        paths: Iterable[str],
        download: bool = True,
        skip_failures: bool = True,
        progress: ProgressOption = None,
    ) -> list[str]:
        """Return the local paths of many objects, in order; one that failed gets the path it would have.

        Raises:
            As `download`
        """
        paths = list(paths)
        if download:
            self._download(paths, update=False, skip_failures=skip_failures, progress=progress, in_use=True)
        return [self.local_path_of(path) for path in paths]

    def download(
        self,
        paths: Iterable[str],
        update: bool = False,
        skip_failures: bool = True,
        progress: ProgressOption = None,
    ) -> DownloadReport:
        """Have objects in the cache before they are needed.

        Args:
            paths: remote addresses; local paths are ignored, and each object counts once
            update: also ask the store whether the cached ones have changed, and download those anew
            skip_failures: go on when an object fails, and end with one warning
            progress: True for a progress bar, or a callback

        Raises:
            DownloadError: an object failed and `skip_failures` is False
            CacheError: the cache directory cannot be written
        """
        return self._download(
            list(paths), update=update, skip_failures=skip_failures, progress=progress, in_use=False
        )

    def add(
        self, path: str, local_file: str | os.PathLike[str], method: Literal["copy", "move"] = "copy"
    ) -> str:
        """Put a local file into the cache as the content of an object that was just uploaded from it.

        Raises:
            ObjectTooLargeError: it is larger than the cache
            CacheError: the cache cannot take it
        """
        local = self.local_path_of(path)
        session = self._session.get()
        with session.working():
            try:
                size = os.stat(local_file).st_size
                session.space.check(size)
                session.tree.adopt(str(local_file), local, session.leases.token, link=method == "move")
                session.space.enter(Entry(session.tree.name_of(local), size, time.time()))
                if method == "move":
                    Path(local_file).unlink()
            except CacheError:
                raise
            except OSError as error:
                raise CacheError(f"the media cache cannot take {local_file}: {error}") from error
        return local

    def stats(self, paths: Iterable[str] | None = None) -> dict[str, Any]:
        """Describe the cache, or of it what belongs to `paths`.

        Returns:
            `cache_dir`, `cache_size` and `current_size` in bytes, both also as `..._str` for people,
            `current_count` and `load_factor` (0 to 1; 0 for an unlimited cache)
        """
        session = self._session.get()
        if paths is None:
            session.space.flush()
            size, count = session.ledger.totals()
        else:
            sizes = [size for size in map(_size_of, self._local_paths(paths)) if size is not None]
            size, count = sum(sizes), len(sizes)
        return CacheStats(str(self.options.cache_dir), self.options.size_bytes, size, count).as_dict()

    def clear(self, paths: Iterable[str] | None = None) -> None:
        """Delete everything, or the files of `paths`, except what other processes have pinned."""
        session = self._session.get()
        if not Path(session.tree.media_dir).is_dir():
            return
        with session.working():
            session.space.flush()
            if paths is None:
                names = [entry.name for page in session.ledger.pages() for entry in page]
            else:
                names = [session.tree.name_of(local) for local in self._local_paths(paths)]
            pinned = session.leases.pins(own=False)
            names = [name for name in names if name not in pinned]
            session.tree.remove(names)
            session.ledger.forget(names)

    @contextmanager
    def pin(self, paths: Iterable[str]) -> Iterator[None]:
        """Keep files in the cache, whatever else needs room, while the context lasts."""
        session = self._session.get()
        if not self.options.limited:
            yield
            return
        names = [session.tree.name_of(local) for local in self._local_paths(paths)]
        with session.pinned(names):
            yield

    def verify(self) -> list[Damage]:
        """Compare every cached file with the checksum of the object it was downloaded from."""
        session = self._session.get()
        session.space.flush()
        return list(verify(session.tree, session.ledger))

    def close(self) -> None:
        """Enter what is still to be entered in the index."""
        session = self._session.peek()
        if session is not None:
            session.close()

    def _download(
        self,
        paths: Sequence[str],
        *,
        update: bool,
        skip_failures: bool,
        progress: ProgressOption,
        in_use: bool,
    ) -> DownloadReport:
        wanted, unusable = self._wanted(paths)
        report = self.last_report = DownloadReport(total=len(wanted) + len(unusable), failures=unusable)
        present = [local for local in wanted if self._use(local)]
        jobs = {local: Job(uri, local) for local, uri in wanted.items()}
        if update:
            known = self._known(present)
            jobs.update((local, Job(wanted[local], local, known[local])) for local in present)
        else:
            for local in present:
                del jobs[local]
            report.cached = len(present)
        if jobs:
            self._run(
                list(jobs.values()), report, skip_failures=skip_failures, progress=progress, in_use=in_use
            )
        report.conclude(skip_failures=skip_failures)
        return report

    def _run(
        self,
        jobs: list[Job],
        report: DownloadReport,
        *,
        skip_failures: bool,
        progress: ProgressOption,
        in_use: bool,
    ) -> None:
        session = self._session.get()
        with session.working(), tracked(progress, len(jobs), "Downloading media") as advance:
            bulk = BulkDownload(
                session,
                self._portal,
                report,
                requests=self.options.requests,
                in_use=in_use,
                stop_on_failure=not skip_failures,
            )
            bulk.run(jobs, advance)

    def _wanted(self, paths: Iterable[str]) -> tuple[dict[str, ObjectURI], dict[str, Exception]]:
        """The objects by their local paths, and the addresses that no store understands."""
        wanted: dict[str, ObjectURI] = {}
        unusable: dict[str, Exception] = {}
        for path in paths:
            if is_remote(path):
                try:
                    uri = self._stores.parse(path)
                except InvalidURIError as error:
                    unusable[path] = error
                else:
                    wanted[self._layout.path_of(uri)] = uri
        return wanted, unusable

    def _local_paths(self, paths: Iterable[str]) -> dict[str, ObjectURI]:
        return self._wanted(paths)[0]

    def _known(self, present: list[str]) -> dict[str, Mark]:
        """What the files were downloaded from; a mark with an impossible size where nobody knows."""
        session = self._session.get()
        entries = session.ledger.lookup([session.tree.name_of(local) for local in present])
        unknown = Mark(UNLIMITED)
        found = ((local, entries.get(session.tree.name_of(local))) for local in present)
        return {
            local: Mark(entry.size, entry.etag, entry.md5) if entry else unknown for local, entry in found
        }

    def _use(self, local: str) -> bool:
        """Whether a file is there. One `stat`, and at most a few times a minute a note that it is used."""
        try:
            status = os.stat(local)
        except (FileNotFoundError, NotADirectoryError):
            return False
        if not stat.S_ISREG(status.st_mode) or is_condemned(status):
            return False
        return time.time() - status.st_atime < self._touch_seconds or touch(local, status.st_mtime_ns)


def _size_of(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None
