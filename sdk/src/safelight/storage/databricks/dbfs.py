"""Databricks File System: `dbfs:/...` outside of volumes, by the DBFS API: blocks of a mebibyte, as base64.

The API replaces no file at once: a new one is written beside it, then the old one is deleted and the new one
moved to its place. Between those two requests there is none.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from typing import Any, BinaryIO

from databricks.sdk.service.files import DbfsAPI

from safelight.errors import (
    IntegrityError,
    ObjectExistsError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    StorageError,
    StorageTimeoutError,
)
from safelight.storage.base import ObjectInfo, PutOptions
from safelight.storage.databricks.files import Calls, etag_of, folder_of, path_of
from safelight.storage.folders import Entry
from safelight.storage.http.body import ArrivingBody
from safelight.storage.local.files import TEMPORARY
from safelight.storage.uri import ObjectURI

_BLOCK = 1 << 20
"""The most that one request reads or writes ("DBFS API", limits)."""


class DbfsFiles:
    """Files of the file system.

    Args:
        calls: calls the SDK
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def head(self, uri: ObjectURI) -> ObjectInfo:
        path = path_of(uri)
        status = self._calls.run(uri, lambda client: DbfsAPI(client).get_status(path))
        if status.is_dir:
            raise ObjectNotFoundError("a folder, not an object", uri.public_text)
        return _describe(uri, status)

    def open(self, uri: ObjectURI) -> tuple[ObjectInfo, DbfsBody]:
        info = self.head(uri)
        return info, DbfsBody(info, self)

    def get_range(self, uri: ObjectURI, start: int, length: int) -> tuple[bytes, ObjectInfo]:
        info = self.head(uri)
        if start >= info.size:
            raise RangeNotSatisfiableError("the range lies past the end of the object", uri.public_text)
        end = min(start + length, info.size)
        blocks = (self.block(uri, at, min(_BLOCK, end - at)) for at in range(start, end, _BLOCK))
        return b"".join(blocks), info

    def block(self, uri: ObjectURI, start: int, length: int) -> bytes:
        """Read exactly so many bytes, at most a mebibyte of them."""
        path = path_of(uri)

        def read(client: Any) -> bytes:
            query = {"path": path, "offset": start, "length": length}
            found = client.do("GET", "/api/2.0/dbfs/read", query=query, raw=True)
            # As in volumes: not for as long as something drips in.
            body = ArrivingBody(uri, found["contents"]._response.raw, self.seconds)  # noqa: SLF001
            data = base64.b64decode(json.loads(b"".join(body)).get("data", ""))
            if len(data) != length:
                raise IntegrityError("the file ended early", uri.public_text)
            return data

        return self._calls.run(uri, read)

    @property
    def seconds(self) -> float:
        """How long a body may take."""
        return self._calls.retry.total_timeout

    def put(self, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> ObjectInfo:
        path = path_of(uri)
        if not options.overwrite and self._exists(uri):
            raise ObjectExistsError("the object exists", uri.public_text)
        temporary = path_of(uri.with_key(_beside(uri.key)))
        try:
            self._write(uri, temporary, source)
            if options.overwrite:
                self._calls.run(uri, lambda client: DbfsAPI(client).delete(path))
            self._calls.run(uri, lambda client: DbfsAPI(client).move(temporary, path))
        except BaseException:
            with suppress(StorageError):
                self._calls.run(uri, lambda client: DbfsAPI(client).delete(temporary))
            raise
        return self.head(uri)

    def _write(self, uri: ObjectURI, path: str, source: BinaryIO) -> None:
        # A block may not be sent twice, and the handle is gone with the connection: nothing is tried again.
        handle = self._calls.run(uri, lambda client: DbfsAPI(client).create(path, overwrite=True)).handle
        while block := source.read(_BLOCK):
            self._calls.once(uri, partial(_add_block, handle, block))
        self._calls.once(uri, lambda client: DbfsAPI(client).close(handle))

    def _exists(self, uri: ObjectURI) -> bool:
        try:
            self.head(uri)
        except ObjectNotFoundError:
            return False
        return True

    def children(self, folder: ObjectURI) -> list[Entry]:
        path = folder_of(folder)
        try:
            found = self._calls.run(folder, lambda client: list(DbfsAPI(client).list(path)))
        except ObjectNotFoundError:
            return []
        return [entry for each in found if (entry := _entry(folder, each))]

    def delete(self, uri: ObjectURI) -> None:
        path = path_of(uri)
        self._calls.run(uri, lambda client: DbfsAPI(client).delete(path))


class DbfsBody:
    """A file's blocks.

    Args:
        info: the file
        files: reads them
    """

    def __init__(self, info: ObjectInfo, files: DbfsFiles) -> None:
        self._info = info
        self._files = files
        self._at = 0
        self._deadline = time.monotonic() + files.seconds

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self) -> bytes:
        length = min(_BLOCK, self._info.size - self._at)
        if length == 0:
            return b""
        if time.monotonic() > self._deadline:
            raise StorageTimeoutError("no end within the time limit", self._info.uri.public_text)
        data = self._files.block(self._info.uri, self._at, length)
        self._at += length
        return data

    def close(self) -> None:
        """Nothing is kept open between blocks."""


def _add_block(handle: int, block: bytes, client: Any) -> None:
    DbfsAPI(client).add_block(handle, base64.b64encode(block).decode())


def _beside(key: str) -> str:
    folder, slash, _ = key.rpartition("/")
    return f"{folder}{slash}{TEMPORARY}{uuid.uuid4().hex}"


def _entry(folder: ObjectURI, status: Any) -> Entry | None:
    key = str(status.path).strip("/")
    name = key.rpartition("/")[2]
    if name.startswith(TEMPORARY) or key == folder.key:
        return None  # a file lists itself
    return Entry(name, None if status.is_dir else _describe(folder.with_key(key), status))


def _describe(uri: ObjectURI, status: Any) -> ObjectInfo:
    modified = datetime.fromtimestamp(status.modification_time / 1000, timezone.utc)
    size = int(status.file_size)
    return ObjectInfo(uri, size, etag_of(str(status.modification_time), size), None, modified)
