"""Copying, moving and deleting many files, between this machine and stores in any combination."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from safelight.errors import InvalidURIError, ObjectExistsError, ObjectNotFoundError
from safelight.files import paths
from safelight.files.bulk import Job, Progress, run_jobs
from safelight.files.queries import Queries
from safelight.storage import transfer
from safelight.storage.base import ObjectStore, PutOptions
from safelight.storage.relay import Located, relay
from safelight.storage.uri import ObjectURI, is_remote

DELETE_BATCH: Final = 1000
"""Keys of one S3 DeleteObjects request."""


class Transfers(Queries):
    """Bulk operations.

    All of them take `skip_failures` (False raises the first failure; True does the rest and logs one summary;
    `"ignore"` logs nothing) and `progress`, which is told how many more files are done. They do what they are
    told: who calls them on somebody's behalf asks `safelight.files.guard` first.
    """

    def copy_files(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        *,
        overwrite: bool = True,
        skip_failures: bool | str = False,
        progress: Progress | None = None,
    ) -> dict[str, Exception]:
        """Copy files side by side. Returns the failures by source.

        A file whose source is its target stays as it is. With `overwrite=False` an existing object fails.
        """
        jobs = [
            self._copy_job(source, target, overwrite=overwrite)
            for source, target in zip(sources, targets, strict=True)
        ]
        return run_jobs(self._portal, jobs, skip_failures=skip_failures, progress=progress)

    def copy_file(self, source: str, target: str) -> None:
        """Copy one file; what is there is replaced."""
        self._portal.run(self._copy_job(source, target).operation())

    def move_files(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        *,
        skip_failures: bool | str = False,
        progress: Progress | None = None,
    ) -> dict[str, Exception]:
        """Copy files, then delete the sources of those that arrived. Returns the failures by source.

        The media cache is passed by: what is deleted must be what was copied.
        """
        pairs = [pair for pair in zip(sources, targets, strict=True) if pair[0] != pair[1]]
        jobs = [self._copy_job(source, target, from_cache=False) for source, target in pairs]
        failures = run_jobs(self._portal, jobs, skip_failures=skip_failures, progress=progress)
        arrived = [source for source, _ in pairs if source not in failures]
        return failures | self.delete_files(arrived, skip_failures=skip_failures)

    def delete_files(
        self,
        doomed: Iterable[str],
        *,
        skip_failures: bool | str = False,
        progress: Progress | None = None,
    ) -> dict[str, Exception]:
        """Delete files; those of one bucket a thousand per request. Returns the failures by path."""
        doomed = list(dict.fromkeys(doomed))
        batches = list(self._batches(doomed))
        jobs = [self._delete_job(batch) for batch in batches]
        failed = run_jobs(self._portal, jobs, skip_failures="ignore" if skip_failures else False)
        retried = [path for batch in batches if _name_of(batch) in failed for path in batch]
        if progress:
            progress(len(doomed) - len(retried))
        # A batch fails as a whole: one by one shows which of its files cannot be deleted.
        return run_jobs(
            self._portal,
            [self._delete_job([path]) for path in retried],
            skip_failures=skip_failures,
            progress=progress,
        )

    def copy_dir(
        self,
        source: str,
        target: str,
        *,
        skip_failures: bool | str = False,
        progress: Progress | None = None,
    ) -> dict[str, Exception]:
        """Copy everything below a directory, hidden files too, into another one."""
        return self.copy_files(
            *self.pairs_below(source, target), skip_failures=skip_failures, progress=progress
        )

    def missing_below(self, source: str, target: str) -> tuple[list[str], list[str]]:
        """As `pairs_below`, without the files that are there already.

        A file counts as there when the listings give both the same size and, where both know one, the same
        MD5; no file is asked about by itself.
        """
        here, there = self._contents_of(source), self._contents_of(target)
        pairs = zip(*self.pairs_below(source, target), strict=True)
        missing = [pair for pair in pairs if not _alike(here.get(pair[0]), there.get(pair[1]))]
        return [source for source, _ in missing], [target for _, target in missing]

    def _contents_of(self, directory: str) -> dict[str, tuple[int, bytes | None]]:
        """Size and MD5 of every file below a directory, by path; of local files the size only."""
        if is_remote(directory):
            entries = self.entries(directory, recursive=True)
            return {paths.join(directory, e.relative): (e.info.size, e.info.md5) for e in entries}
        found = (Path(where, name) for where, _, names in os.walk(directory) for name in names)
        return {str(path): (path.stat().st_size, None) for path in found}

    def move_dir(
        self,
        source: str,
        target: str,
        *,
        skip_failures: bool | str = False,
        progress: Progress | None = None,
    ) -> dict[str, Exception]:
        """Move everything below a directory into another one."""
        return self.move_files(
            *self.pairs_below(source, target), skip_failures=skip_failures, progress=progress
        )

    def delete_dir(self, directory: str) -> None:
        """Delete everything below a remote directory, directory markers too; nothing there is no error."""
        store = self._stores.store_for(self._prefix_of(directory))
        for page in list(self._pages(directory, recursive=True)):
            doomed = [info.uri for info in page.objects]
            self._portal.run(store.delete(doomed))
            self._deleted([uri.text for uri in doomed])

    def pairs_below(self, source: str, target: str) -> tuple[list[str], list[str]]:
        """Every file below a directory, and where a copy of the directory has it."""
        if is_remote(source):
            names = self.list_files(source, recursive=True, hidden=True)
        else:
            names = [
                paths.relpath(paths.join(where, name), source)
                for where, _, files in self.walk(source)
                for name in files
            ]
        if not is_remote(target):
            _refuse_escapes(source, names)
        return [paths.join(source, name) for name in names], [paths.join(target, name) for name in names]

    def _copy_job(self, source: str, target: str, *, overwrite: bool = True, from_cache: bool = True) -> Job:
        async def copy() -> None:
            if source == target:
                return
            if is_remote(target):
                await self._copy_to_store(source, target, self._put_options(overwrite=overwrite))
                await asyncio.to_thread(self._wrote, target)
            elif is_remote(source):
                await self._copy_to_disk(source, Path(target), from_cache=from_cache)
            else:
                await asyncio.to_thread(_copy_local, source, target)

        return Job(source, copy)

    async def _copy_to_store(self, source: str, target: str, options: PutOptions) -> None:
        store, uri = self._store_for(target)
        if not is_remote(source):
            await transfer.upload(store, Path(source), uri, options)
            return
        origin, address = self._store_for(source)
        if not options.overwrite and await _exists(store, uri):
            raise ObjectExistsError("the object exists", uri.public_text)
        if store.reaches(address):
            await store.copy(address, uri)
            return
        await relay(Located(origin, address), Located(store, uri), options)

    async def _copy_to_disk(self, source: str, target: Path, *, from_cache: bool) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{uuid.uuid4().hex}.part")
        try:
            if not (from_cache and await asyncio.to_thread(self._copy_cached, source, partial)):
                store, uri = self._store_for(source)
                await transfer.download(store, uri, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _copy_cached(self, source: str, target: Path) -> bool:
        """Take a file from the cache, where `sample.local_path` reads it too; False when it is not there."""
        try:
            shutil.copyfile(self._cache.get_local_path(source, download=False), target)
        except FileNotFoundError:
            return False
        return True

    def _batches(self, doomed: Sequence[str]) -> Iterator[list[str]]:
        by_bucket: dict[object, list[str]] = {}
        for path in doomed:
            by_bucket.setdefault(self._stores.parse(path).place if is_remote(path) else path, []).append(path)
        for members in by_bucket.values():
            for start in range(0, len(members), DELETE_BATCH):
                yield members[start : start + DELETE_BATCH]

    def _delete_job(self, batch: Sequence[str]) -> Job:
        async def delete() -> None:
            if not is_remote(batch[0]):
                await asyncio.to_thread(os.remove, batch[0])
                return
            uris = [self._stores.parse(path) for path in batch]
            await self._stores.store_for(uris[0]).delete(uris)
            await asyncio.to_thread(self._deleted, batch)

        return Job(_name_of(batch), delete)


def _alike(original: tuple[int, bytes | None] | None, copy: tuple[int, bytes | None] | None) -> bool:
    if original is None or copy is None or original[0] != copy[0]:
        return False
    return None in {original[1], copy[1]} or original[1] == copy[1]


def _name_of(batch: Sequence[str]) -> str:
    return batch[0]


def _refuse_escapes(source: str, names: Iterable[str]) -> None:
    """A key may say `../../etc/passwd`: nothing is written outside of the directory that was named."""
    for name in names:
        if ".." in name.split("/"):
            raise InvalidURIError(f"{paths.join(source, name)}: its key leads out of the target directory")


async def _exists(store: ObjectStore, uri: ObjectURI) -> bool:
    try:
        await store.head(uri)
    except ObjectNotFoundError:
        return False
    return True


def _copy_local(source: str, target: str) -> None:
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
