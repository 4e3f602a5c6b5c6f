"""Oracle's stores, over its SDK: `oci://bucket@namespace/key` and `oci://bucket/key`."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, BinaryIO, NoReturn

from safelight.errors import IntegrityError, InvalidURIError, StorageError, UnsupportedOperationError
from safelight.storage.base import CorsRule, Identity, ObjectInfo, Page, PutOptions
from safelight.storage.blocking import about, each_deleted
from safelight.storage.content import content_headers
from safelight.storage.http.body import ArrivingBody
from safelight.storage.oci.describe import describe_listed, describe_response
from safelight.storage.oci.errors import error_for_failure, translating
from safelight.storage.oci.session import OCISession
from safelight.storage.options import StorageOptions
from safelight.storage.retry import retrying_blocking
from safelight.storage.uri import ObjectURI

_PART = 8 << 20
_PAGE = 1000
_FIELDS = "name,size,etag,md5,timeCreated,timeModified"
_ACCESS = {"GET": "ObjectRead", "HEAD": "ObjectRead", "PUT": "ObjectWrite"}
_FIRST_POLL, _LONGEST_POLL = 0.02, 2.0


class OCIPlane:
    """The buckets of one account.

    Args:
        session: the account
        options: the options of storage
    """

    ranged = True

    def __init__(self, session: OCISession, options: StorageOptions) -> None:
        self._session = session
        self._options = options
        self._retry = options.retry

    def head(self, uri: ObjectURI) -> ObjectInfo:
        response = self._call(uri, "head_object", *self._object(uri))
        return describe_response(uri, response.headers)

    def open(self, uri: ObjectURI) -> tuple[ObjectInfo, ArrivingBody]:
        response = self._call(uri, "get_object", *self._object(uri))
        body = ArrivingBody(uri, response.data.raw, self._retry.total_timeout, decode=False)
        return describe_response(uri, response.headers), body

    def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None
    ) -> tuple[bytes, ObjectInfo]:
        def read() -> tuple[bytes, ObjectInfo]:
            wanted = {"range": f"bytes={start}-{start + length - 1}"} | ({"if_match": etag} if etag else {})
            with about(uri), translating(uri):
                response = self._session.client().get_object(*self._object(uri), **wanted)
            body = ArrivingBody(uri, response.data.raw, self._retry.total_timeout, decode=False)
            info = describe_response(uri, response.headers)
            data = b"".join(body)
            if len(data) != min(length, info.size - start):
                raise IntegrityError("the body ended early", uri.public_text)
            return data, info

        return retrying_blocking(self._retry, read)

    def put(self, uri: ObjectURI, source: BinaryIO, options: PutOptions) -> ObjectInfo:
        first = source.read(_PART)
        following = source.read(_PART) if len(first) == _PART else b""
        if following:
            return self._put_parts(uri, first, following, source, options)
        headers = content_headers(uri, options)
        arguments = {
            "content_type": headers["ContentType"],
            "content_md5": _md5(first),
            "cache_control": headers.get("CacheControl"),
            "if_none_match": None if options.overwrite else "*",
        }
        given = {name: value for name, value in arguments.items() if value is not None}
        response = self._call(uri, "put_object", *self._object(uri), first, writing=True, **given)
        return describe_response(uri, response.headers, len(first))

    def _put_parts(
        self, uri: ObjectURI, first: bytes, following: bytes, source: BinaryIO, options: PutOptions
    ) -> ObjectInfo:
        headers = content_headers(uri, options)
        details = {"object": uri.key, "contentType": headers["ContentType"]}
        details |= {"cacheControl": headers["CacheControl"]} if "CacheControl" in headers else {}
        fresh = {} if options.overwrite else {"if_none_match": "*"}
        where = self._object(uri)
        begun = self._call(uri, "create_multipart_upload", *where[:2], details, writing=True, **fresh)
        upload = begun.data.upload_id
        try:
            parts, size = [], 0
            for number, part in enumerate(_parts(first, following, source), 1):
                sent = self._call(
                    uri, "upload_part", *where, upload, number, part, content_md5=_md5(part), writing=True
                )
                parts.append({"partNum": number, "etag": sent.headers["etag"]})
                size += len(part)
            commit = {"partsToCommit": parts}
            done = self._call(uri, "commit_multipart_upload", *where, upload, commit, writing=True, **fresh)
        except BaseException:
            self._call(uri, "abort_multipart_upload", *where, upload)
            raise
        return describe_response(uri, done.headers, size)

    def pages(self, prefix: ObjectURI, *, recursive: bool) -> Iterator[Page]:
        wanted: dict[str, Any] = {"prefix": prefix.key, "fields": _FIELDS, "limit": _PAGE}
        wanted |= {} if recursive else {"delimiter": "/"}
        place = self._place(prefix)
        while True:
            found = self._call(prefix, "list_objects", *place, **wanted).data
            yield Page(
                tuple(describe_listed(prefix, item) for item in found.objects),
                tuple(prefix.with_key(key) for key in found.prefixes or ()),
            )
            if not found.next_start_with:
                return
            wanted["start"] = found.next_start_with

    def delete(self, uris: Sequence[ObjectURI]) -> None:
        if len(uris) == 1:
            each_deleted(lambda uri: self._call(uri, "delete_object", *self._object(uri)), uris)
            return
        names = {uri.key: uri for uri in uris}
        for first in range(0, len(names), _PAGE):
            some = list(names)[first : first + _PAGE]
            details = {"objects": [{"objectName": name} for name in some], "isSkipDeletedResult": True}
            found = self._call(uris[0], "batch_delete_objects", *self._place(uris[0]), details, writing=True)
            for failure in found.data.failed or ():
                if failure.error_code != "ObjectNotFound":
                    uri = names.get(failure.object_name, uris[0])
                    raise error_for_failure(failure.error_code, failure.error_message, 0, uri)

    def reaches(self, source: ObjectURI) -> bool:
        return (
            source.provider == "oci" and self._options.oci.account_of(source.bucket) == self._session.account
        )

    def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        etag = self.head(source).etag  # Oracle copies later, and would tell only then
        namespace, bucket, key = self._object(target)
        details = {
            "sourceObjectName": source.key,
            "sourceObjectIfMatchETag": etag,
            "destinationRegion": self._session.region(),
            "destinationNamespace": namespace,
            "destinationBucket": bucket,
            "destinationObjectName": key,
        }
        begun = self._call(target, "copy_object", *self._place(source), details, writing=True)
        self._await(target, begun.headers["opc-work-request-id"])

    def _await(self, target: ObjectURI, work: str) -> None:
        deadline, pause = time.monotonic() + self._retry.total_timeout, _FIRST_POLL
        while time.monotonic() < deadline:
            status = self._call(target, "get_work_request", work).data.status
            if status == "COMPLETED":
                return
            if status in {"FAILED", "CANCELED"}:
                raise StorageError(f"the copy {status.lower()}: work request {work}", target.public_text)
            time.sleep(pause)
            pause = min(_LONGEST_POLL, pause * 2)
        raise StorageError(f"the copy still runs: work request {work}", target.public_text)

    def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str:
        """Oracle keeps a pre-authenticated request until somebody deletes it, also when it has expired."""
        if method not in _ACCESS:
            raise StorageError(f"cannot sign a {method} request", uri.public_text)
        details = {
            "name": f"safelight {method} {uri.name}"[:255],
            "objectName": uri.key,
            "accessType": _ACCESS[method],
            "timeExpires": (datetime.now(timezone.utc) + expires).isoformat(),
        }
        made = self._call(uri, "create_preauthenticated_request", *self._place(uri), details)
        return f"{str(self._session.client().base_client.endpoint).rstrip('/')}{made.data.access_uri}"

    def identity(self) -> Identity:
        return self._session.identity()

    def cors(self, bucket: ObjectURI) -> NoReturn:
        raise UnsupportedOperationError(
            "OCI Object Storage has no CORS rules to read or set", bucket.public_text
        )

    def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:  # noqa: ARG002 - the protocol's
        self.cors(bucket)

    def close(self) -> None:
        self._session.close()

    def _call(self, uri: ObjectURI, operation: str, *args: Any, writing: bool = False, **kwargs: Any) -> Any:
        def attempt() -> Any:
            with about(uri), translating(uri, writing=writing):
                return getattr(self._session.client(), operation)(*args, **kwargs)

        return retrying_blocking(self._retry, attempt)

    def _place(self, uri: ObjectURI) -> tuple[str, str]:
        bucket, _, namespace = uri.bucket.partition("@")
        if namespace:
            return namespace, bucket

        def ask() -> str:
            with about(uri), translating(uri):
                return self._session.namespace()

        return retrying_blocking(self._retry, ask), bucket

    def _object(self, uri: ObjectURI) -> tuple[str, str, str]:
        if not uri.key:
            raise InvalidURIError(f"{uri.public_text} names a bucket, not an object")
        if uri.key in {".", ".."}:
            raise InvalidURIError(f"{uri.public_text}: no URL can carry this object name")
        return *self._place(uri), uri.key


def _parts(first: bytes, following: bytes, source: BinaryIO) -> Iterator[bytes]:
    yield first
    yield following
    while part := source.read(_PART):
        yield part


def _md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
