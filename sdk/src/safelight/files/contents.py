"""What is in a file: reading, writing and staging, also of remote files."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Final

from safelight.errors import ObjectNotFoundError
from safelight.files import paths
from safelight.files.bulk import Job, run_jobs
from safelight.files.listing import Snapshot
from safelight.files.opened import RangedFile, StagedFile, check_mode, open_staged
from safelight.files.read_ahead import ReadAhead, neighbours
from safelight.files.transfers import Transfers
from safelight.storage import transfer
from safelight.storage.uri import is_remote

DOCUMENTS: Final = frozenset(
    {".cfg", ".csv", ".data", ".geojson", ".html", ".ini", ".json", ".jsonl", ".md", ".names", ".ndjson"}
    | {".toml", ".tsv", ".txt", ".xml", ".yaml", ".yml"}
)
"""Suffixes of files that people edit: labels, manifests, settings. They are read afresh each time, whereas
media are immutable by convention and come from the cache."""


class Contents(Transfers):
    """Reading and writing; a local path is opened where it is."""

    def open(self, path: str, mode: str = "r", buffering: int = -1, **text: Any) -> IO[Any]:
        """Open a file as the builtin `open` does.

        A remote file is read from a local copy: media through the cache, documents and text always
        afresh, though once only by one import or export. What is written is uploaded when the file is
        closed, atomically, and not at all when its block fails.

        Args:
            path: the file
            mode: as of `open`
            buffering: as of `open`; remote files are always buffered
            **text: `encoding`, `errors` and `newline` of text modes

        Raises:
            FileNotFoundError: there is nothing to read
            FileExistsError: mode "x" and the file exists
            StorageError: the store says no, or does not answer
        """
        if not is_remote(path):
            return open(path, mode, buffering, **text)  # noqa: PTH123 - the caller closes it
        check_mode(mode)
        if not set(mode) & set("wax+"):
            return self._open_copy(path, mode, **text)
        staged = self._stage_file(path, exclusive="x" in mode)
        if "a" in mode or "r" in mode:
            self._fetch_into(staged, path, required="r" in mode)
        return open_staged(staged, mode, **text)

    def _open_copy(self, path: str, mode: str, **text: Any) -> IO[Any]:
        if "b" in mode and paths.splitext(path)[1].lower() not in DOCUMENTS:
            return open(self._cache.get_local_path(path), mode)  # noqa: PTH123 - as above
        if (snapshot := self._snapshots.current) is not None:
            return self._open_kept(snapshot, path, mode, **text)
        with tempfile.TemporaryDirectory(prefix="safelight-") as directory:
            copy = Path(directory, "document")
            self.fetch(path, copy)
            # An open file outlives its name, so that nothing is left to clean up.
            return open(copy, mode, **text)  # noqa: PTH123 - as above

    def _open_kept(self, snapshot: Snapshot, path: str, mode: str, **text: Any) -> IO[Any]:
        """Open a document that the open snapshot keeps from now on."""
        kept = snapshot.copies.kept(path)
        if kept is None and (data := self._read_ahead(snapshot, path)) is not None:
            held = io.BytesIO(data)
            return held if "b" in mode else io.TextIOWrapper(held, **text)
        return open(kept or snapshot.copies.bring(path, self.fetch), mode, **text)  # noqa: PTH123 - as above

    def _read_ahead(self, snapshot: Snapshot, path: str) -> bytes | None:
        """A document that is held, fetched with its neighbours if that pays."""
        held = snapshot.read_ahead
        data = held.get(path)
        if data is None and held.is_worth_fetching(path):
            names = self._names_around(path, at_once=True)
            around = neighbours(path, names.files if names else {})
            missing = [near for near in around if held.get(near) is None and not snapshot.copies.kept(near)]
            run_jobs(self._portal, [self._hold_job(near, held) for near in missing], skip_failures="ignore")
            data = held.get(path)
        return data

    def _hold_job(self, path: str, held: ReadAhead) -> Job:
        async def hold() -> None:
            store, uri = self._store_for(path)
            held.hold(path, b"".join([bytes(chunk) async for chunk in await store.get(uri)]))

        return Job(path, hold)

    def open_ranged(self, path: str) -> RangedFile:
        """Open a remote file for bounded, seekable reads: only what is read is fetched.

        Raises:
            ObjectNotFoundError: there is no such object
        """
        store, uri = self._store_for(path)

        def fetch(start: int, length: int) -> bytes:
            return self._portal.run(store.get_range(uri, start, length))[0]

        return RangedFile(fetch, self.info(path).size)

    def read_bytes(self, path: str) -> bytes:
        """A file's contents."""
        with self.open(path, "rb") as file:
            data: bytes = file.read()
        return data

    def read_text(self, path: str) -> str:
        """A text file's contents."""
        with self.open(path, "r") as file:
            text: str = file.read()
        return text

    def write(self, path: str, data: bytes) -> None:
        """Write a whole file; a local one's directory is made."""
        if not is_remote(path):
            target = Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            return
        store, uri = self._store_for(path)
        self._portal.run(store.put(uri, data, self._put_options()))
        self._wrote(path, len(data))

    def fetch(self, path: str, target: Path) -> None:
        """Copy a remote file to a local path that does not exist yet, past the cache.

        Raises:
            StorageError: as the store says; nothing is left at the target
        """
        store, uri = self._store_for(path)
        self._portal.run(transfer.download(store, uri, target))

    def upload(self, source: Path, path: str, *, overwrite: bool = True) -> None:
        """Copy a local file to a remote path, atomically.

        Raises:
            ObjectExistsError: it exists and must not be overwritten
            StorageError: as the store says
        """
        store, uri = self._store_for(path)
        self._portal.run(store.put(uri, source, self._put_options(overwrite=overwrite)))
        self._wrote(path, source.stat().st_size)

    def sign(self, path: str, *, method: str, expires: timedelta) -> str:
        """Make a URL with which anybody can `method` an object until it expires.

        Raises:
            CredentialsError: there is nothing to sign with
        """
        store, uri = self._store_for(path)
        return self._portal.run(store.sign(uri, method=method, expires=expires))

    @contextmanager
    def staged(self, path: str) -> Iterator[str]:
        """Give a local path to write to; it is uploaded to `path` when the block ends without an exception.

        A local path is given as it is.
        """
        if not is_remote(path):
            yield path
            return
        staged = self._stage_file(path)
        try:
            yield str(staged.path)
        except BaseException:
            staged.discard()
            raise
        staged.commit()

    @contextmanager
    def local_file(self, path: str) -> Iterator[str]:
        """Give a fresh local copy of a remote file, for as long as the block lasts; a local path as it is."""
        if not is_remote(path):
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="safelight-") as temporary:
            copy = Path(temporary, paths.plain_name(path) or "file")
            self.fetch(path, copy)
            yield str(copy)

    @contextmanager
    def local_directory(self, directory: str) -> Iterator[str]:
        """Give a local copy of a remote directory, for as long as the block lasts; a local one as it is."""
        if not is_remote(directory):
            yield directory
            return
        with tempfile.TemporaryDirectory(prefix="safelight-") as temporary:
            copy = Path(temporary, paths.basename(directory.removesuffix("/")) or "bucket")
            copy.mkdir()
            self.copy_dir(directory, str(copy))
            yield str(copy)

    @contextmanager
    def staged_directory(self, directory: str) -> Iterator[str]:
        """Give a local directory to fill; its files are uploaded when the block ends without an exception."""
        if not is_remote(directory):
            yield directory
            return
        with tempfile.TemporaryDirectory(prefix="safelight-") as temporary:
            yield temporary
            self.copy_dir(temporary, directory)

    def _stage_file(self, path: str, *, exclusive: bool = False) -> StagedFile:
        return StagedFile(
            paths.plain_name(path), lambda source: self.upload(source, path, overwrite=not exclusive)
        )

    def _fetch_into(self, staged: StagedFile, path: str, *, required: bool) -> None:
        try:
            self.fetch(path, staged.path)
        except ObjectNotFoundError:
            if required:
                staged.discard()
                raise
        except BaseException:
            staged.discard()
            raise
