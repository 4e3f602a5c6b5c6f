"""The store of a drive.

A drive has folders with ids. What was encrypted is described as what it decrypts to, so that with a password
every object that is described has its first bytes read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO, NoReturn, TypeVar

from safelight.errors import (
    IntegrityError,
    InvalidURIError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    UnsupportedOperationError,
)
from safelight.storage.alipan.encryption import PlainBody, prepared
from safelight.storage.alipan.errors import translating
from safelight.storage.alipan.session import AlipanSession
from safelight.storage.base import CorsRule, Identity, ObjectInfo, Page, PutOptions
from safelight.storage.blocking import about, copy_through, each_deleted
from safelight.storage.folders import Entry, pages_below
from safelight.storage.http.body import ArrivingBody, Body
from safelight.storage.options import StorageOptions
from safelight.storage.retry import retrying_blocking
from safelight.storage.uri import ObjectURI

T = TypeVar("T")

_PART = 10 << 20
_PAGE = 200
_ROOT = "root"


class AlipanPlane:
    """One drive.

    Args:
        session: as whom
        options: the options of storage
    """

    ranged = False

    def __init__(self, session: AlipanSession, options: StorageOptions) -> None:
        self._session = session
        self._options = options.alipan
        self._retry = options.retry

    def head(self, uri: ObjectURI) -> ObjectInfo:
        return self._described(uri, self._found(uri))

    def open(self, uri: ObjectURI) -> tuple[ObjectInfo, Body]:
        found = self._found(uri)
        body = self._run(uri, lambda client: self._body(client, uri, found))
        return _describe(uri, found, getattr(body, "size", None)), body

    def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None
    ) -> tuple[bytes, ObjectInfo]:
        info, body = self.open(uri)
        try:
            if etag is not None and info.etag != etag:
                raise ObjectChangedError("the object was replaced while it was being read", uri.public_text)
            if start >= info.size:
                reason = "the range lies past the end of the object"
                raise RangeNotSatisfiableError(reason, uri.public_text)
            wanted = min(start + length, info.size)
            data = b""
            for chunk in body:
                data += chunk
                if len(data) >= wanted:
                    break
        finally:
            body.close()
        if len(data) < wanted:
            raise IntegrityError("the body ended early", uri.public_text)
        return data[start:wanted], info

    def _body(self, client: Any, uri: ObjectURI, found: dict[str, Any]) -> Body:
        link = client.download_link(found["file_id"])
        url = link.get("url") or link.get("download_url")
        response = self._session.http().get(url, headers=self._session.headers(), stream=True)
        response.raise_for_status()
        body = ArrivingBody(uri, response.raw, self._retry.total_timeout, decode=False)
        password = self._options.encrypt_password
        return PlainBody(body, int(found["size"]), password.reveal()) if password else body

    def put(self, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> ObjectInfo:
        _segments(uri)
        folder = self._make_folder(uri.parent, uri)
        mode = "overwrite" if options.overwrite else "refuse"
        if not options.overwrite and self._look(uri):
            raise ObjectExistsError("the object exists", uri.public_text)
        with prepared(source, self._options) as (contents, size):
            parts = max(1, -(-size // _PART))
            begun = self._run(
                uri,
                lambda client: client.create_file(
                    uri.name, folder, size, part_number=parts, check_name_mode=mode
                ),
            )
            for part in begun["part_info_list"]:
                self._send(uri, part["upload_url"], contents.read(_PART))
            done = self._run(uri, lambda client: client.upload_complete(begun["file_id"], begun["upload_id"]))
        return self._described(uri, done)

    def _send(self, uri: ObjectURI, url: str, part: bytes) -> None:
        def send(_: Any) -> None:
            headers = self._session.headers() | {"Content-Type": ""}
            self._session.http().put(url, data=part, headers=headers).raise_for_status()

        self._run(uri, send)

    def pages(self, prefix: ObjectURI, *, recursive: bool) -> Iterator[Page]:
        return pages_below(prefix, self._children, recursive=recursive)

    def _children(self, folder: ObjectURI) -> Iterator[Entry]:
        found = self._look(folder) if folder.key else {"file_id": _ROOT, "type": "folder"}
        marker = "" if found and found["type"] == "folder" else None
        while found and marker is not None:
            page = self._run(folder, partial(_list, found["file_id"], marker))
            for item in page["items"]:
                uri = folder.child(item["name"])
                yield Entry(item["name"], self._described(uri, item) if item["type"] == "file" else None)
            marker = page.get("next_marker") or None

    def delete(self, uris: Sequence[ObjectURI]) -> None:
        def delete_one(uri: ObjectURI) -> None:
            found = self._found(uri)
            self._run(uri, lambda client: client.remove(found["file_id"]))

        each_deleted(delete_one, uris)

    def reaches(self, source: ObjectURI) -> bool:  # noqa: ARG002 - the protocol's
        return False  # Alipan copies into a folder under the old name only

    def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        copy_through(self, source, target)

    def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str:
        raise UnsupportedOperationError(
            f"Alipan makes no URLs that others can {method}, for {expires} or ever", uri.public_text
        )

    def identity(self) -> Identity:
        with translating(ObjectURI("alipan", "", "")):
            return self._session.identity()

    def cors(self, bucket: ObjectURI) -> NoReturn:
        raise UnsupportedOperationError("Alipan has no CORS rules", bucket.public_text)

    def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:  # noqa: ARG002 - the protocol's
        self.cors(bucket)

    def close(self) -> None:
        self._session.close()

    def _make_folder(self, folder: ObjectURI, wanted: ObjectURI) -> str:
        """The id of a folder that `wanted` needs; it comes into being with its parents."""
        if not folder.key:
            return _ROOT
        found = self._look(folder, wanted)
        if found is None:
            parent = self._make_folder(folder.parent, wanted)
            found = self._run(wanted, lambda client: client.makedir(parent, folder.name))
        return str(found["file_id"])

    def _found(self, uri: ObjectURI) -> dict[str, Any]:
        found = self._look(uri)
        if found is None or found["type"] != "file":
            raise ObjectNotFoundError("no such object", uri.public_text)
        return found

    def _look(self, uri: ObjectURI, wanted: ObjectURI | None = None) -> dict[str, Any] | None:
        """What is there; errors name `wanted`, where that is something else."""
        path = f"/{'/'.join(_segments(uri))}"
        try:
            found: dict[str, Any] = self._run(wanted or uri, lambda client: client.meta_by_path(path))
        except ObjectNotFoundError:
            return None
        return found

    def _described(self, uri: ObjectURI, found: dict[str, Any]) -> ObjectInfo:
        if not self._options.encrypt_password:
            return _describe(uri, found, None)
        body = self._run(uri, lambda client: self._body(client, uri, found))
        body.close()
        return _describe(uri, found, getattr(body, "size", None))

    def _run(self, uri: ObjectURI, call: Callable[[Any], T]) -> T:
        def attempt() -> T:
            with about(uri), translating(uri):
                return call(self._session.client())

        return retrying_blocking(self._retry, attempt)


def _list(folder: str, marker: str, client: Any) -> dict[str, Any]:
    page: dict[str, Any] = client.list(folder, limit=_PAGE, next_marker=marker)
    return page


def _segments(uri: ObjectURI) -> list[str]:
    segments = uri.key.removesuffix("/").split("/")
    if {"", ".", ".."} & set(segments):
        raise InvalidURIError(f"{uri.public_text}: no file of a drive can have this path")
    return segments


def _describe(uri: ObjectURI, found: dict[str, Any], size: int | None) -> ObjectInfo:
    moment = datetime.fromisoformat(found["updated_at"].replace("Z", "+00:00"))
    tag = found.get("content_hash") or f"{found['updated_at']}-{found['size']}"
    plain = int(found["size"]) if size is None else size
    return ObjectInfo(uri, plain, f'"{tag}"', None, moment, found.get("mime_type"))
