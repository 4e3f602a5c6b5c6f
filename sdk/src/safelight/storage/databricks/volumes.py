"""Unity Catalog volumes: `dbfs:/Volumes/...`, by the Files API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import quote

from databricks.sdk.service.files import FilesAPI

from safelight.errors import (
    EndpointError,
    IntegrityError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    StorageError,
)
from safelight.storage.base import ObjectInfo, PutOptions
from safelight.storage.databricks.files import Calls, etag_of, folder_of, path_of
from safelight.storage.folders import Entry
from safelight.storage.http.body import ArrivingBody
from safelight.storage.uri import ObjectURI

_CHUNK = 1 << 20
_HEADERS = ("content-length", "content-range", "content-type", "last-modified")
_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")


class VolumeFiles:
    """Files in volumes. A file arrives whole or not at all: the API replaces it when the last byte is there.

    Args:
        calls: calls the SDK
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def head(self, uri: ObjectURI) -> ObjectInfo:
        path = path_of(uri)
        found = self._calls.run(
            uri, lambda client: client.do("HEAD", _url(path), response_headers=list(_HEADERS))
        )
        return _describe(uri, found)

    def open(self, uri: ObjectURI) -> tuple[ObjectInfo, ArrivingBody]:
        path = path_of(uri)
        return self._calls.run(uri, lambda client: self._get(client, uri, path))

    def get_range(self, uri: ObjectURI, start: int, length: int) -> tuple[bytes, ObjectInfo]:
        path = path_of(uri)

        def read(client: Any) -> tuple[bytes, ObjectInfo]:
            info, body = self._get(client, uri, path, {"Range": f"bytes={start}-{start + length - 1}"})
            data = b"".join(body)
            if len(data) != min(length, info.size - start):
                raise IntegrityError("the body ended early", uri.public_text)
            return data, info

        try:
            return self._calls.run(uri, read)
        except StorageError as error:
            # The API documents no code of its own for this.
            if type(error) is StorageError and start >= self.head(uri).size:
                reason = "the range lies past the end of the object"
                raise RangeNotSatisfiableError(reason, uri.public_text) from None
            raise

    def _get(
        self, client: Any, uri: ObjectURI, path: str, wanted: Mapping[str, str] | None = None
    ) -> tuple[ObjectInfo, ArrivingBody]:
        headers = {"Accept": "application/octet-stream", "Accept-Encoding": "identity", **(wanted or {})}
        found = client.do("GET", _url(path), headers=headers, response_headers=list(_HEADERS), raw=True)
        # The SDK's reader waits for as long as something drips in.
        raw = found["contents"]._response.raw  # noqa: SLF001
        body = ArrivingBody(uri, raw, self._calls.retry.total_timeout, decode=False)
        try:
            return _describe(uri, found), body
        except EndpointError:
            body.close()
            raise

    def put(self, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> ObjectInfo:
        path = path_of(uri)
        seekable = source.seekable()
        self._make_parent(uri)

        def send(client: Any) -> None:
            if seekable:
                source.seek(0)
            # Of what has no length, requests would send line by line.
            contents = source if seekable else iter(partial(source.read, _CHUNK), b"")
            FilesAPI(client).upload(path, contents, overwrite=options.overwrite)

        call = self._calls.run if seekable else self._calls.once
        call(uri, send)
        return self.head(uri)

    def _make_parent(self, uri: ObjectURI) -> None:
        folder = uri.parent
        if folder.key.count("/") > 3:  # noqa: PLR2004 - /Volumes/CATALOG/SCHEMA/VOLUME is not ours to make
            self._calls.run(uri, lambda client: FilesAPI(client).create_directory(path_of(folder)))

    def children(self, folder: ObjectURI) -> list[Entry]:
        path = folder_of(folder)
        try:
            found = self._calls.run(
                folder, lambda client: list(FilesAPI(client).list_directory_contents(path))
            )
        except ObjectNotFoundError:
            return []
        return [Entry(each.name, _listed(folder, each)) for each in found]

    def delete(self, uri: ObjectURI) -> None:
        path = path_of(uri)
        self._calls.run(uri, lambda client: FilesAPI(client).delete(path))


def _url(path: str) -> str:
    return f"/api/2.0/fs/files{quote(path)}"


def _describe(uri: ObjectURI, headers: Mapping[str, Any]) -> ObjectInfo:
    total = _TOTAL.fullmatch(headers.get("content-range") or "")
    length = total[1] if total else headers.get("content-length")
    modified = headers.get("last-modified")
    if length is None or modified is None:
        reason = "what answers at this endpoint is not a Databricks workspace: it tells no time or length"
        raise EndpointError(reason, uri.public_text)
    size = int(length)
    when = parsedate_to_datetime(modified)
    return ObjectInfo(uri, size, etag_of(modified, size), None, when, headers.get("content-type"))


def _listed(folder: ObjectURI, entry: Any) -> ObjectInfo | None:
    if entry.is_directory:
        return None
    when = datetime.fromtimestamp(entry.last_modified / 1000, timezone.utc)
    separator = "/" if folder.key else ""
    uri = folder.with_key(f"{folder.key}{separator}{entry.name}")
    # As the header says it, which knows no milliseconds.
    whole = when.replace(microsecond=0)
    tag = etag_of(format_datetime(whole, usegmt=True), entry.file_size)
    return ObjectInfo(uri, entry.file_size, tag, None, whole)
