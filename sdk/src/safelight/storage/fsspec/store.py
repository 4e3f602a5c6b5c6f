"""Stores over fsspec's file systems.

These have no conditional requests, no checksums and, most of them, folders that are real: an object is
written under a name of its own and then renamed, its ETag is its time and its length, and a listing walks
folders.
"""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, NoReturn

from safelight.errors import (
    IntegrityError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    StoreUnavailableError,
    UnsupportedOperationError,
)
from safelight.storage.base import Candidate, CorsRule, Identity, ObjectInfo, Page, PutOptions
from safelight.storage.blocking import copy_through, each_deleted
from safelight.storage.folders import Entry, pages_below
from safelight.storage.fsspec.body import FileBody
from safelight.storage.fsspec.errors import translating
from safelight.storage.fsspec.pool import FileSystems
from safelight.storage.local.files import TEMPORARY
from safelight.storage.options import StorageOptions
from safelight.storage.retry import retrying_blocking
from safelight.storage.uri import ObjectURI

_CHUNK = 1 << 20

#: Object stores: folders there are made of nothing.
_FLAT: Final = frozenset({"s3", "s3a", "gcs", "gs", "abfs", "az", "adl", "oss", "obs", "cos", "hf", "r2"})

#: Clients that put names into URLs as they are, where some characters mean something else.
_UNQUOTED: Final = frozenset({"webdav", "dav"})
_MARKS: Final = frozenset("%#?")


class FsspecPlane:
    """One host, bucket or whatever stands first in the addresses of a scheme.

    Args:
        options: the options of storage
        place: any address there
    """

    ranged = False

    def __init__(self, options: StorageOptions, place: ObjectURI) -> None:
        self._systems = FileSystems(options, place)
        self._retry = options.retry
        self._place = place.place
        self._making = threading.Lock()
        # A copy holds two connections: all of them together must leave some.
        self._copying = threading.BoundedSemaphore(max(1, options.fsspec.connections // 2 - 1))

    def head(self, uri: ObjectURI) -> ObjectInfo:
        def attempt() -> ObjectInfo:
            with translating(uri), self._systems.borrowed(uri) as fs:
                return _describe(uri, fs.info(self._path(uri)))

        return retrying_blocking(self._retry, attempt)

    def open(self, uri: ObjectURI) -> tuple[ObjectInfo, FileBody]:
        def attempt() -> tuple[ObjectInfo, FileBody]:
            with translating(uri):
                fs = self._systems.borrow(uri)
                try:
                    info = _describe(uri, fs.info(self._path(uri)))
                    file = fs.open(self._path(uri), "rb", block_size=4 * _CHUNK)
                    if hasattr(file, "prefetch"):  # SFTP: else every 32 KB are asked for and waited for
                        file.prefetch(info.size)
                except BaseException as error:
                    self._systems.give_back(fs, error)
                    raise
            return info, FileBody(uri, file, fs, self._systems, self._retry.total_timeout)

        return retrying_blocking(self._retry, attempt)

    def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None
    ) -> tuple[bytes, ObjectInfo]:
        def attempt() -> tuple[bytes, ObjectInfo]:
            with translating(uri), self._systems.borrowed(uri) as fs:
                info = _describe(uri, fs.info(self._path(uri)))
                if etag is not None and info.etag != etag:
                    raise ObjectChangedError(
                        "the object was replaced while it was being read", uri.public_text
                    )
                if start >= info.size:
                    reason = "the range lies past the end of the object"
                    raise RangeNotSatisfiableError(reason, uri.public_text)
                end = min(start + length, info.size)
                data = bytes(fs.cat_file(self._path(uri), start=start, end=end))
            if len(data) != end - start:
                raise IntegrityError("the file ended early", uri.public_text)
            return data, info

        return retrying_blocking(self._retry, attempt)

    def put(self, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> ObjectInfo:
        def attempt() -> ObjectInfo:
            if source.seekable():
                source.seek(0)
            with translating(uri), self._systems.borrowed(uri) as fs:
                self._write(fs, uri, source, options)
                return _describe(uri, fs.info(self._path(uri)))

        return retrying_blocking(self._retry, attempt, (StoreUnavailableError,) if source.seekable() else ())

    def _write(self, fs: Any, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> None:
        target = self._path(uri)
        if not options.overwrite and fs.exists(target):
            raise ObjectExistsError("the object exists", uri.public_text)
        folder, _, _ = target.rpartition("/")
        if self._systems.scheme not in _FLAT and folder.strip("/"):
            self._make_folder(fs, folder)
        temporary = f"{folder}/{TEMPORARY}{uuid.uuid4().hex}"
        try:
            file = fs.open(temporary, "wb")
            try:
                with file:
                    shutil.copyfileobj(source, file, _CHUNK)
            finally:
                if isinstance(file, SpooledTemporaryFile):  # WebDAV's stays open when it cannot be sent
                    SpooledTemporaryFile.close(file)
            self._systems.replace(fs, temporary, target)
        except BaseException:
            _remove(fs, temporary)
            raise

    def _make_folder(self, fs: Any, folder: str) -> None:
        with self._making:  # they look first and make then
            try:
                fs.makedirs(folder, exist_ok=True)
            except Exception:  # of any library; another process may have been quicker
                if not fs.isdir(folder):
                    raise

    def pages(self, prefix: ObjectURI, *, recursive: bool) -> Iterator[Page]:
        return pages_below(prefix, self._children, recursive=recursive)

    def _children(self, folder: ObjectURI) -> list[Entry]:
        def attempt() -> list[Entry]:
            path = self._path(folder)
            with translating(folder), self._systems.borrowed(folder) as fs:
                found = fs.ls(path, detail=True)
            return list(_entries(folder, path.rstrip("/"), found))

        try:
            return retrying_blocking(self._retry, attempt)
        except ObjectNotFoundError:
            return []

    def delete(self, uris: Sequence[ObjectURI]) -> None:
        def delete_one(uri: ObjectURI) -> None:
            def attempt() -> None:
                with translating(uri), self._systems.borrowed(uri) as fs:
                    try:
                        fs.rm_file(self._path(uri))
                    except Exception:  # of any library: only FTP's says nothing of a missing file
                        if fs.exists(self._path(uri)):
                            raise

            retrying_blocking(self._retry, attempt)

        each_deleted(delete_one, uris)

    def reaches(self, source: ObjectURI) -> bool:  # noqa: ARG002 - the protocol's
        return False  # few file systems copy by themselves, and none says whether it does

    def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        with self._copying:
            copy_through(self, source, target)

    def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str:
        if method != "GET":
            raise UnsupportedOperationError(f"cannot sign a {method} request", uri.public_text)
        with translating(uri), self._systems.borrowed(uri) as fs:
            return str(fs.sign(self._path(uri), expiration=int(expires.total_seconds())))

    def identity(self) -> Identity:
        arguments = self._systems.arguments
        host = str(arguments.get("host", self._place[2].rpartition("@")[2]))
        user = arguments.get("username") or arguments.get("user")
        scheme = self._systems.scheme
        return Identity(
            f"{scheme}://{host}",
            self._systems.class_name,
            f"user {user}" if user else "as the file system finds out by itself",
            (
                Candidate(
                    "user and password in the address", "chosen" if "@" in self._place[2] else "not set"
                ),
                Candidate(
                    f"extra_client_kwargs[{scheme!r}] of the media cache config", "arguments, where set"
                ),
                Candidate("fsspec's configuration", "arguments, where set"),
            ),
        )

    def cors(self, bucket: ObjectURI) -> NoReturn:
        raise UnsupportedOperationError("fsspec knows no CORS rules", bucket.public_text)

    def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:  # noqa: ARG002 - the protocol's
        self.cors(bucket)

    def close(self) -> None:
        self._systems.close()

    def _path(self, uri: ObjectURI) -> str:
        if self._systems.scheme in _UNQUOTED and not _MARKS.isdisjoint(uri.key):
            raise UnsupportedOperationError("its client cannot carry a name with %, # or ?", uri.public_text)
        return f"{self._systems.base}{uri.key}"


def _remove(fs: Any, temporary: str) -> None:
    # Any library may be behind; the caller is told what failed before.
    with suppress(Exception):
        fs.rm_file(temporary)


def _entries(folder: ObjectURI, path: str, found: list[dict[str, Any]]) -> Iterator[Entry]:
    for details in found:
        parent, _, name = str(details["name"]).rstrip("/").rpartition("/")
        if not name or name.startswith(TEMPORARY) or parent.strip("/") != path.strip("/"):
            continue  # a file lists itself
        if details["type"] == "directory":
            yield Entry(name, None)
        else:
            separator = "/" if folder.key and not folder.key.endswith("/") else ""
            yield Entry(name, _describe(folder.with_key(f"{folder.key}{separator}{name}"), details))


def _describe(uri: ObjectURI, details: dict[str, Any]) -> ObjectInfo:
    if details["type"] == "directory":
        raise ObjectNotFoundError("a folder, not an object", uri.public_text)
    size = details.get("size")
    if size is None:
        raise UnsupportedOperationError("the file system does not tell the file's size", uri.public_text)
    modified = _moment(details)
    given = details.get("ETag") or details.get("etag") or details.get("sha")
    etag = (
        f'"{str(given).strip(chr(34))}"' if given else f'"{modified.timestamp() if modified else 0}-{size}"'
    )
    return ObjectInfo(uri, int(size), etag, last_modified=modified, content_type=details.get("ContentType"))


def _moment(details: dict[str, Any]) -> datetime | None:
    """The time of the last write, by whichever name and in whichever form the file system gives it."""
    names = ("mtime", "LastModified", "last_modified", "modify", "updated", "created")
    value = next((details[name] for name in names if details.get(name)), None)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, timezone.utc)
    if isinstance(value, str) and value[:14].isdigit():  # FTP (RFC 3659, 2.3)
        return datetime.strptime(value[:14], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    return None
