"""HTTP and HTTPS addresses: anything that a web server gives to whoever asks, or to whoever has the URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Final, NoReturn, TypeVar

from urllib3 import BaseHTTPResponse

from safelight.errors import (
    IntegrityError,
    ObjectChangedError,
    RangeNotSatisfiableError,
    StoreUnavailableError,
    UnsupportedOperationError,
)
from safelight.storage.base import CorsRule, Identity, ObjectInfo, Page, PutOptions, Reader, Source
from safelight.storage.http.body import ArrivingBody, Body, SpooledBody, open_reader
from safelight.storage.http.client import HTTPClient
from safelight.storage.http.describe import announced_size, describe, range_start
from safelight.storage.http_status import error_for_status
from safelight.storage.options import StorageOptions
from safelight.storage.retry import retrying
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

T = TypeVar("T")

_OK, _PARTIAL, _NOT_FOUND, _GONE = 200, 206, 404, 410
_TRANSIENT: Final = (StoreUnavailableError, IntegrityError)


class HTTPStore:
    """Web servers. Reading only: HTTP has no listing, and writing needs more than an address.

    Servers differ in what they support: HEAD may be refused (addresses presigned for GET), ranges ignored,
    lengths not announced. All of that works here, at the price of the bytes that it costs.

    Args:
        client: sends the requests
        options: the options of storage
        threads: where blocking calls run
    """

    ranged = False

    def __init__(self, client: HTTPClient, options: StorageOptions, threads: Threads) -> None:
        self._client = client
        self._retry = options.retry
        self._threads = threads

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        return await self._retrying(lambda: self._head(uri))

    async def get(self, uri: ObjectURI) -> Reader:
        return await retrying(self._retry, lambda: open_reader(self._threads, self._open, uri), _TRANSIENT)

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        data, info = await self._retrying(lambda: self._get_range(uri, start, length))
        if etag is not None and info.etag != etag:
            raise ObjectChangedError("the object was replaced while it was being read", uri.public_text)
        return data, info

    async def put(
        self,
        uri: ObjectURI,
        source: Source,  # noqa: ARG002 - the protocol's
        options: PutOptions | None = None,  # noqa: ARG002 - the protocol's
    ) -> ObjectInfo:
        _refuse("write to", uri)

    def list(self, prefix: ObjectURI, *, recursive: bool = True) -> AsyncIterator[Page]:
        _refuse("walk through" if recursive else "list", prefix)

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        for uri in uris:
            _refuse("delete", uri)

    def reaches(self, source: ObjectURI) -> bool:
        return source.provider == "http"

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        _refuse(f"copy {source.public_text} to", target)

    async def sign(self, uri: ObjectURI, *, method: str = "GET", expires: timedelta) -> str:
        if method not in {"GET", "HEAD"}:
            _refuse(f"sign a {method} for {expires} of", uri)
        return uri.text  # whoever has the address can read it

    async def identity(self) -> Identity:
        return Identity("the address itself", "none", "whoever has the address", ())

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        _refuse("read the CORS rules of", bucket)

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:  # noqa: ARG002 - the protocol's
        _refuse("set the CORS rules of", bucket)

    async def vouches_for(self, info: ObjectInfo) -> bool:
        return info.md5 is not None

    async def close(self) -> None:
        self._client.close()

    async def _retrying(self, call: Callable[[], T]) -> T:
        return await retrying(self._retry, lambda: self._threads.run(call), _TRANSIENT)

    def _head(self, uri: ObjectURI) -> ObjectInfo:
        response = self._client.request("HEAD", uri)
        response.drain_conn()
        response.release_conn()
        size = announced_size(response)
        if response.status == _OK and size is not None:
            return describe(uri, response, size)
        if response.status in {_NOT_FOUND, _GONE}:
            raise error_for_status(response.status, "", uri)
        try:
            return self._get_range(uri, 0, 1)[1]
        except RangeNotSatisfiableError:
            info, body = self._open(uri)  # an empty object has no first byte
            body.close()
            return info

    def _open(self, uri: ObjectURI) -> tuple[ObjectInfo, Body]:
        response = self._request(uri)
        size, body = self._measured(uri, response)
        return describe(uri, response, size), body

    def _get_range(self, uri: ObjectURI, start: int, length: int) -> tuple[bytes, ObjectInfo]:
        response = self._request(uri, {"Range": f"bytes={start}-{start + length - 1}"})
        if response.status == _PARTIAL and announced_size(response) is None:
            # The server keeps the total to itself: only the whole body tells.
            response.close()
            response = self._request(uri)
        size, body = self._measured(uri, response)
        try:
            if start >= size:
                reason = "the range lies past the end of the object"
                raise RangeNotSatisfiableError(reason, uri.public_text)
            data = _take(body, start - range_start(response), min(length, size - start))
        finally:
            body.close()
        if len(data) != min(length, size - start):
            raise IntegrityError("the body ended early", uri.public_text)
        return data, describe(uri, response, size)

    def _measured(self, uri: ObjectURI, response: BaseHTTPResponse) -> tuple[int, Body]:
        """The size of the object, and the body; received first if nothing else tells its length."""
        arriving = ArrivingBody(uri, response, self._retry.total_timeout)
        size = announced_size(response)
        if size is not None:
            return size, arriving
        spooled = SpooledBody(arriving)
        return spooled.size, spooled

    def _request(self, uri: ObjectURI, headers: dict[str, str] | None = None) -> BaseHTTPResponse:
        response = self._client.request("GET", uri, headers)
        if response.status not in {_OK, _PARTIAL}:
            response.drain_conn()
            response.release_conn()
            raise error_for_status(response.status, "", uri)
        return response


class HTTPProvider:
    """Makes the one HTTP store: connections are pooled per host below it.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        self._store = HTTPStore(HTTPClient(options), options, threads)

    def open(self, uri: ObjectURI) -> HTTPStore:  # noqa: ARG002 - one for all
        return self._store


def _refuse(action: str, uri: ObjectURI) -> NoReturn:
    raise UnsupportedOperationError(f"cannot {action} an HTTP address", uri.public_text)


def _take(body: Body, skip: int, length: int) -> bytes:
    """`length` bytes after the first `skip`; the rest is not read."""
    taken = bytearray()
    for chunk in body:
        taken += chunk[skip:]
        skip = max(0, skip - len(chunk))
        if len(taken) >= length:
            break
    return bytes(taken[:length])
