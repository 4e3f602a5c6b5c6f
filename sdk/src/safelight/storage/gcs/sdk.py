"""Google Cloud Storage by Google's client and the JSON API: all that obstore does not do, and all writes.

Writes go this way because it sends their checksum along, which the store verifies. Google's calls block, so
they run in threads.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from google.api_core.exceptions import from_http_response

from safelight.errors import (
    BucketNotFoundError,
    EndpointError,
    ObjectNotFoundError,
    StorageError,
)
from safelight.storage.base import CorsRule, ObjectInfo, Page, PutOptions, Source
from safelight.storage.checksums import check_length
from safelight.storage.content import Counted, content_headers, size_of
from safelight.storage.gcs.cors import from_api, to_api
from safelight.storage.gcs.describe import describe_blob, describe_headers, generation_of, replaced
from safelight.storage.gcs.errors import translate, translating
from safelight.storage.gcs.retrying import retry_of
from safelight.storage.gcs.session import Opened
from safelight.storage.gcs.signing import signed_url
from safelight.storage.http.body import ArrivingBody, BodyReader, open_reader
from safelight.storage.options import RetryOptions
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

T = TypeVar("T")

_PART: Final = 8 << 20
_PAGE: Final = 1000
_BATCH: Final = 100
_LISTED: Final = "nextPageToken,prefixes,items(name,size,generation,md5Hash,crc32c,updated,contentType)"
_REFUSED: Final = 400


class SdkPlane:
    """Every operation on one bucket, by `google.cloud.storage`.

    Args:
        opened: the client
        threads: where its calls run
        retry: limits
        payer: the project that pays for the requests; None is the bucket's owner
    """

    def __init__(self, opened: Opened, threads: Threads, retry: RetryOptions, payer: str | None) -> None:
        self._opened = opened
        self._client = opened.client
        self._threads = threads
        self._retry = retry
        self._payer = payer

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        return await self._threads.run(self.describe, uri)

    def describe(self, uri: ObjectURI) -> ObjectInfo:
        """As `head`; the calling thread waits."""
        blob = self._blob(uri)
        with translating(uri):
            blob.reload(**self._limits())
        return describe_blob(uri, blob)

    async def get(self, uri: ObjectURI) -> BodyReader:
        return await open_reader(self._threads, self._media, uri, {}, {})

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        wanted = {"Range": f"bytes={start}-{start + length - 1}"}
        version = {"generation": str(generation_of(etag))} if etag else {}
        try:
            data, info = await self._threads.run(self._read, uri, wanted, version)
        except ObjectNotFoundError:
            if etag:
                raise replaced(uri) from None
            raise
        check_length(len(data), min(length, info.size - start), uri)
        return data, info

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions) -> ObjectInfo:
        blob = self._blob(uri, chunk_size=_PART)
        blob.cache_control = options.cache_control
        arguments = self._limits() | {
            "content_type": content_headers(uri, options)["ContentType"],
            "if_generation_match": None if options.overwrite else 0,
        }
        with translating(uri, writing=True):
            if isinstance(source, bytes | Path):
                await self._threads.run(_upload, blob, source, arguments)
                return describe_blob(uri, blob)
            await self._put_chunks(blob, Counted(source), arguments)
        return await self.head(uri)

    async def _put_chunks(self, blob: Any, source: Counted, arguments: dict[str, Any]) -> None:
        writer = blob.open("wb", **arguments)
        try:
            async for part in source.parts(_PART):
                await self._threads.run(writer.write, part)
            await self._threads.run(writer.close)
        except BaseException:
            # What does not end is not there: closing the writer would make an object of it.
            with contextlib.suppress(Exception):
                await self._threads.run(writer.terminate)
            raise

    async def list(self, prefix: ObjectURI, *, recursive: bool) -> AsyncIterator[Page]:
        token: str | None = None
        while True:
            with translating(prefix):
                page, token = await self._threads.run(self._page, prefix, recursive, token)
            yield page
            if not token:
                return

    def _page(self, prefix: ObjectURI, recursive: bool, token: str | None) -> tuple[Page, str | None]:
        listing = self._client.list_blobs(
            self._bucket(prefix),
            prefix=prefix.key,
            delimiter=None if recursive else "/",
            page_token=token,
            page_size=_PAGE,
            fields=_LISTED,
            **self._limits(),
        )
        blobs = list(next(listing.pages))
        page = Page(
            tuple(describe_blob(prefix.with_key(blob.name), blob) for blob in blobs),
            tuple(prefix.with_key(key) for key in sorted(listing.prefixes)),
        )
        return page, listing.next_page_token

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        unique = list(dict.fromkeys(uris))
        for first in range(0, len(unique), _BATCH):
            together = unique[first : first + _BATCH]
            delete = self._delete_one if len(together) == 1 else self._delete_together
            await self._threads.run(delete, together)

    def _delete_one(self, uris: Sequence[ObjectURI]) -> None:
        try:
            with translating(uris[0]):
                self._blob(uris[0]).delete(**self._limits())
        except StorageError as error:
            _raise_unless_missing(error)

    def _delete_together(self, uris: Sequence[ObjectURI]) -> None:
        def ask() -> list[Any]:
            with self._client.batch(raise_exception=False) as batch:
                for uri in uris:
                    self._blob(uri).delete(timeout=self._timeout())
            return list(batch._responses)  # noqa: SLF001 - they have no public name

        with translating(uris[0]):
            answers = self._retried(ask)
        for uri, answer in zip(uris, answers, strict=True):
            if answer.status_code >= _REFUSED:
                _raise_unless_missing(translate(from_http_response(answer), uri))

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        origin, blob, token = self._blob(source), self._blob(target), None
        while True:
            # Large objects are rewritten in several calls.
            with translating(source):
                token, _, _ = await self._threads.run(blob.rewrite, origin, token=token, **self._limits())
            if token is None:
                return

    async def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str:
        return await self._threads.run(signed_url, self._opened, uri, method, expires, self._payer)

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        found = self._bucket(bucket)
        with translating(bucket):
            await self._threads.run(found.reload, **self._limits())
        return [from_api(rule) for rule in found.cors]

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:
        changed = self._bucket(bucket)
        changed.cors = [to_api(rule) for rule in rules]
        with translating(bucket):
            await self._threads.run(changed.patch, **self._limits())

    def _read(
        self, uri: ObjectURI, headers: dict[str, str], parameters: dict[str, str]
    ) -> tuple[bytes, ObjectInfo]:
        # In one call: a caller that is cancelled between two would leave the connection open.
        info, body = self._media(uri, headers, parameters)
        return b"".join(body), info

    def _media(
        self, uri: ObjectURI, headers: dict[str, str], parameters: dict[str, str]
    ) -> tuple[ObjectInfo, ArrivingBody]:
        bucket, key = quote(uri.bucket, safe=""), quote(uri.key, safe="")
        url = f"{self._client.api_endpoint}/download/storage/v1/b/{bucket}/o/{key}"
        parameters = {"alt": "media"} | parameters | ({"userProject": self._payer} if self._payer else {})
        # As in `native`: what is stored compressed arrives as it is stored.
        headers = {"Accept-Encoding": "gzip"} | headers

        def ask() -> Any:
            response = self._opened.http.get(
                url,
                params=parameters,
                headers=headers,
                stream=True,
                timeout=self._timeout(),
                hooks={"response": _read_refusal},
            )
            if response.status_code >= _REFUSED:
                raise from_http_response(response)
            return response

        try:
            with translating(uri):
                response = self._retried(ask)
        except EndpointError:
            # Downloads are refused in plain text; whoever speaks the JSON API says why.
            self.describe(uri)
            raise
        body = ArrivingBody(uri, response.raw, self._retry.total_timeout, decode=False)
        try:
            return describe_headers(uri, response.headers), body
        except StorageError:
            body.close()
            raise

    def _bucket(self, uri: ObjectURI) -> Any:
        return self._client.bucket(uri.bucket, user_project=self._payer)

    def _blob(self, uri: ObjectURI, chunk_size: int | None = None) -> Any:
        return self._bucket(uri).blob(uri.key, chunk_size=chunk_size)

    def _limits(self) -> dict[str, Any]:
        return {"timeout": self._timeout(), "retry": retry_of(self._retry)}

    def _timeout(self) -> tuple[float, float]:
        return self._retry.connect_timeout, self._retry.read_timeout

    def _retried(self, call: Callable[[], T]) -> T:
        result: T = retry_of(self._retry)(call)()
        return result


def _read_refusal(response: Any, **_: Any) -> None:
    # Also those that nobody sees: after a refused token the session asks again, and forgets the first answer.
    if response.status_code >= _REFUSED:
        response.content  # noqa: B018 - reading gives the connection back


def _upload(blob: Any, source: bytes | Path, arguments: dict[str, Any]) -> None:
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        blob.upload_from_file(file, size=size_of(source), **arguments)


def _raise_unless_missing(error: StorageError) -> None:
    if isinstance(error, BucketNotFoundError) or not isinstance(error, ObjectNotFoundError):
        raise error
