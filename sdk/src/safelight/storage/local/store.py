"""Files of this machine as objects: the key is the path, written by the operating system's rules."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

from safelight.errors import (
    IntegrityError,
    ObjectChangedError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    UnsupportedOperationError,
)
from safelight.storage.base import CorsRule, Identity, ObjectInfo, Page, PutOptions, Reader, Source
from safelight.storage.local.errors import translating
from safelight.storage.local.files import replacing, write_atomically
from safelight.storage.local.walking import children, descendants
from safelight.storage.options import StorageOptions
from safelight.storage.threads import Threads, finishing
from safelight.storage.uri import ObjectURI

_CHUNK = 1 << 20
_PAGE = 1000
_CHANGED = "the file was changed while it was being read"


class LocalReader:
    """A file's bytes, in chunks of a mebibyte."""

    def __init__(self, info: ObjectInfo, file: BinaryIO, threads: Threads) -> None:
        self.info = info
        self._file = file
        self._threads = threads

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        with self._file as file, translating(self.info.uri):
            while chunk := await self._threads.run(file.read, _CHUNK):
                received += len(chunk)
                yield chunk
            if _describe(self.info.uri, os.fstat(file.fileno())).etag != self.info.etag:
                raise ObjectChangedError(_CHANGED, self.info.uri.public_text)
        if received != self.info.size:
            raise IntegrityError(f"{received} bytes of {self.info.size} were read", self.info.uri.public_text)

    async def close(self) -> None:
        self._file.close()


class LocalStore:
    """The local file system. Folders come into being with the first object in them.

    Args:
        threads: where blocking calls run
    """

    ranged = True

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        with translating(uri):
            return _describe(uri, await self._threads.run(os.stat, uri.key))

    async def get(self, uri: ObjectURI) -> Reader:
        with translating(uri):
            info, file = await self._threads.opening(lambda opened: opened[1].close(), _open, uri)
            return LocalReader(info, file, self._threads)

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        with translating(uri):
            data, info = await self._threads.run(_read_range, uri, start, length)
        if etag is not None and info.etag != etag:
            raise ObjectChangedError(_CHANGED, uri.public_text)
        return data, info

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions | None = None) -> ObjectInfo:
        overwrite = (options or PutOptions()).overwrite
        with translating(uri):
            if isinstance(source, bytes | Path):
                await self._threads.run(write_atomically, Path(uri.key), source, overwrite=overwrite)
            else:
                with replacing(Path(uri.key), overwrite=overwrite) as file:
                    async for chunk in source:
                        await finishing(file.write, chunk)
        return await self.head(uri)

    async def list(self, prefix: ObjectURI, *, recursive: bool = True) -> AsyncIterator[Page]:
        if recursive:
            keys = descendants(prefix.key)
            while batch := await self._threads.run(_describe_some, prefix, keys):
                yield Page(tuple(batch))
            return
        with translating(prefix):
            files, folders = await self._threads.run(children, prefix.key)
            objects = await self._threads.run(_describe_some, prefix, iter(files), len(files))
        yield Page(tuple(objects), tuple(prefix.with_key(folder) for folder in folders))

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        for uri in uris:
            with translating(uri):
                await self._threads.run(Path(uri.key).unlink, missing_ok=True)

    def reaches(self, source: ObjectURI) -> bool:
        return source.provider == "local"

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        await self.head(source)
        with translating(target):
            await self._threads.run(write_atomically, Path(target.key), Path(source.key), overwrite=True)

    async def sign(self, uri: ObjectURI, *, method: str = "GET", expires: timedelta) -> str:
        raise UnsupportedOperationError(
            f"nobody else can {method} a local path, for {expires} or ever", uri.public_text
        )

    async def identity(self) -> Identity:
        return Identity("this machine", "file permissions", "the user of this process", ())

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        raise UnsupportedOperationError("a local path has no CORS rules", bucket.public_text)

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:  # noqa: ARG002 - the protocol's
        await self.cors(bucket)

    async def vouches_for(self, info: ObjectInfo) -> bool:
        return info.md5 is not None

    async def close(self) -> None:
        """Nothing is kept open."""


class LocalProvider:
    """Makes the one local store.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        self._options = options
        self._threads = threads

    def open(self, uri: ObjectURI) -> LocalStore:  # noqa: ARG002 - one for all
        return LocalStore(self._threads)


def _describe(uri: ObjectURI, status: os.stat_result) -> ObjectInfo:
    if not stat.S_ISREG(status.st_mode):
        raise ObjectNotFoundError("not a regular file", uri.public_text)
    etag = f'"{status.st_mtime_ns:x}-{status.st_ino:x}-{status.st_size:x}"'
    modified = datetime.fromtimestamp(status.st_mtime, timezone.utc)
    return ObjectInfo(uri, status.st_size, etag, last_modified=modified)


def _describe_some(prefix: ObjectURI, keys: Iterator[str], limit: int = _PAGE) -> list[ObjectInfo]:
    described: list[ObjectInfo] = []
    for key in keys:
        uri = prefix.with_key(key)
        # A file may vanish between being found and being described.
        with suppress(ObjectNotFoundError), translating(uri):
            described.append(_describe(uri, Path(key).stat()))
        if len(described) == limit:
            break
    return described


def _open(uri: ObjectURI) -> tuple[ObjectInfo, BinaryIO]:
    path = Path(uri.key)
    info = _describe(uri, path.stat())  # before opening: a pipe would wait for its writer
    return info, path.open("rb")


def _read_range(uri: ObjectURI, start: int, length: int) -> tuple[bytes, ObjectInfo]:
    info, file = _open(uri)
    with file:
        if not 0 <= start < info.size:
            raise RangeNotSatisfiableError("the range lies past the end of the object", uri.public_text)
        file.seek(start)
        return file.read(length), info
