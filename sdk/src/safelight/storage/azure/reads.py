"""Reading blobs: GET and HEAD, on plain HTTP connections ("Get Blob", "Get Blob Properties").

The calls block, so they run in threads; a small body is received in the same call as its headers.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import quote

from urllib3 import BaseHTTPResponse

from safelight.errors import IntegrityError, StorageError, StoreUnavailableError
from safelight.storage.azure.describe import describe_answer
from safelight.storage.azure.errors import error_for_answer, translating
from safelight.storage.azure.session import AzureSession
from safelight.storage.base import ObjectInfo, Reader
from safelight.storage.checksums import check_length
from safelight.storage.http.body import ArrivedBody, ArrivingBody, ArrivingReader, Body, open_reader
from safelight.storage.http.client import HTTPClient
from safelight.storage.options import RetryOptions
from safelight.storage.retry import retrying
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

T = TypeVar("T")

_SMALL: Final = 1 << 20
_TRANSIENT: Final = (StoreUnavailableError, IntegrityError)


class BlobReads:
    """Reads the blobs of one account.

    Args:
        session: whose account
        client: sends the requests
        retry: limits
        threads: where the calls run
    """

    def __init__(
        self, session: AzureSession, client: HTTPClient, retry: RetryOptions, threads: Threads
    ) -> None:
        self._session = session
        self._client = client
        self._retry = retry
        self._threads = threads

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        return await self._retrying(lambda: self._head(uri))

    async def get(self, uri: ObjectURI) -> Reader:
        return await retrying(self._retry, lambda: open_reader(self._threads, self._begin, uri), _TRANSIENT)

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        return await self._retrying(lambda: self._get_range(uri, start, length, etag))

    def open(self, uri: ObjectURI) -> ArrivingReader:
        """Open a blob for the calling thread, with one try (`BlockingReads`)."""
        return ArrivingReader(*self._opened(uri, self._request("GET", uri, {})))

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    async def _retrying(self, call: Callable[[], T]) -> T:
        return await retrying(self._retry, lambda: self._threads.run(call), _TRANSIENT)

    def _head(self, uri: ObjectURI) -> ObjectInfo:
        response = self._request("HEAD", uri, {})
        response.drain_conn()
        response.release_conn()
        return describe_answer(uri, response)

    def _begin(self, uri: ObjectURI) -> tuple[ObjectInfo, Body]:
        info, body = self._opened(uri, self._request("GET", uri, {}))
        if info.size > _SMALL:
            return info, body
        data = b"".join(body)
        check_length(len(data), info.size, uri)
        return info, ArrivedBody(data)

    def _get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None
    ) -> tuple[bytes, ObjectInfo]:
        # `x-ms-range`, because what Azure signs of its own headers needs no place in the signature's text.
        headers = {"x-ms-range": f"bytes={start}-{start + length - 1}"} | ({"If-Match": etag} if etag else {})
        info, body = self._opened(uri, self._request("GET", uri, headers))
        data = b"".join(body)
        if start >= info.size:  # emulators answer with no bytes instead of an error
            raise error_for_answer("InvalidRange", HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, uri)
        check_length(len(data), min(length, info.size - start), uri)
        return data, info

    def _opened(self, uri: ObjectURI, response: BaseHTTPResponse) -> tuple[ObjectInfo, ArrivingBody]:
        body = ArrivingBody(uri, response, self._retry.total_timeout, decode=False)
        try:
            return describe_answer(uri, response), body
        except StorageError:
            body.close()
            raise

    def _request(self, method: str, uri: ObjectURI, headers: dict[str, str]) -> BaseHTTPResponse:
        url = f"{self._session.account.endpoint}/{uri.bucket}/{quote(uri.key, safe='~/')}"
        with translating(uri):
            url, headers = self._session.authentication().authorize(method, url, headers)
        response = self._client.send(method, url, headers, uri)
        if response.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            response.drain_conn()
            response.release_conn()
            raise error_for_answer(response.headers.get("x-ms-error-code", ""), response.status, uri)
        return response
