"""The store of a workspace: volumes and the file system behind one scheme, `dbfs:/`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import BinaryIO, NoReturn

from safelight.errors import ObjectChangedError, UnsupportedOperationError
from safelight.storage.base import CorsRule, Identity, ObjectInfo, Page, PutOptions
from safelight.storage.blocking import copy_through, each_deleted
from safelight.storage.databricks.dbfs import DbfsFiles
from safelight.storage.databricks.files import Calls, WorkspaceFiles
from safelight.storage.databricks.session import DatabricksSession
from safelight.storage.databricks.volumes import VolumeFiles
from safelight.storage.folders import pages_below
from safelight.storage.http.body import Body
from safelight.storage.options import StorageOptions
from safelight.storage.uri import ObjectURI


class DatabricksPlane:
    """One workspace.

    Args:
        session: as whom
        options: the options of storage
    """

    ranged = True

    def __init__(self, session: DatabricksSession, options: StorageOptions) -> None:
        self._session = session
        calls = Calls(session, options.retry)
        self._volumes: WorkspaceFiles = VolumeFiles(calls)
        self._dbfs: WorkspaceFiles = DbfsFiles(calls)

    def head(self, uri: ObjectURI) -> ObjectInfo:
        return self._files(uri).head(uri)

    def open(self, uri: ObjectURI) -> tuple[ObjectInfo, Body]:
        return self._files(uri).open(uri)

    def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None
    ) -> tuple[bytes, ObjectInfo]:
        data, info = self._files(uri).get_range(uri, start, length)
        if etag is not None and info.etag != etag:
            raise ObjectChangedError("the object was replaced while it was being read", uri.public_text)
        return data, info

    def put(self, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> ObjectInfo:
        return self._files(uri).put(uri, source, options)

    def pages(self, prefix: ObjectURI, *, recursive: bool) -> Iterator[Page]:
        return pages_below(prefix, lambda folder: self._files(prefix).children(folder), recursive=recursive)

    def delete(self, uris: Sequence[ObjectURI]) -> None:
        each_deleted(lambda uri: self._files(uri).delete(uri), uris)

    def reaches(self, source: ObjectURI) -> bool:  # noqa: ARG002 - the protocol's
        return False  # a workspace moves files, but copies none

    def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        copy_through(self, source, target)

    def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str:
        raise UnsupportedOperationError(
            f"Databricks makes no URLs that others can {method}, for {expires} or ever", uri.public_text
        )

    def identity(self) -> Identity:
        return self._session.identity()

    def cors(self, bucket: ObjectURI) -> NoReturn:
        raise UnsupportedOperationError("a workspace has no CORS rules for files", bucket.public_text)

    def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:  # noqa: ARG002 - the protocol's
        self.cors(bucket)

    def close(self) -> None:
        self._session.close()

    def _files(self, uri: ObjectURI) -> WorkspaceFiles:
        return self._volumes if f"{uri.key}/".startswith("Volumes/") else self._dbfs
