"""The Azure store: our own reads, azure-storage-blob for everything else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final

from safelight.errors import InvalidURIError
from safelight.storage.azure.calls import Calls
from safelight.storage.azure.reads import BlobReads
from safelight.storage.azure.sdk import SdkPlane
from safelight.storage.azure.session import AzureSession
from safelight.storage.azure.signing import Signer
from safelight.storage.azure.writes import BlobWrites
from safelight.storage.base import (
    BlockingReads,
    CorsRule,
    Identity,
    ObjectInfo,
    Page,
    PutOptions,
    Reader,
    Source,
)
from safelight.storage.http.client import HTTPClient
from safelight.storage.options import StorageOptions
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

_DOTS: Final = re.compile(r"(?:\A|/)\.{1,2}(?:/|\Z)")


class AzureStore:
    """One account's containers.

    Args:
        session: the account's session
        client: sends the requests of reads
        options: the options of storage
        threads: where blocking calls run
    """

    ranged = True

    def __init__(
        self, session: AzureSession, client: HTTPClient, options: StorageOptions, threads: Threads
    ) -> None:
        self._session = session
        self._threads = threads
        self._calls = Calls(session, options.retry, threads)
        self._reads = BlobReads(session, client, options.retry, threads)
        self._writes = BlobWrites(self._calls)
        self._sdk = SdkPlane(self._calls)
        self._signer = Signer(session)

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        return await self._reads.head(_object(uri))

    async def get(self, uri: ObjectURI) -> Reader:
        return await self._reads.get(_object(uri))

    def blocking_reads(self, uri: ObjectURI) -> BlockingReads | None:
        return self._reads if _object(uri) else None

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        return await self._reads.get_range(_object(uri), start, length, etag)

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions | None = None) -> ObjectInfo:
        return await self._writes.put(_object(uri), source, options or PutOptions())

    async def list(self, prefix: ObjectURI, *, recursive: bool = True) -> AsyncIterator[Page]:
        async for page in self._sdk.list(prefix, recursive=recursive):
            yield page

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        if uris:
            await self._sdk.delete([_object(uri) for uri in uris])

    def reaches(self, source: ObjectURI) -> bool:
        return source.provider == "azure" and self._session.serves(source.endpoint, source.bucket)

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        await self._sdk.copy(_object(source), _object(target))

    async def sign(self, uri: ObjectURI, *, method: str = "GET", expires: timedelta) -> str:
        return await self._calls.run(uri, lambda: self._signer.sign(_object(uri), method, expires))

    async def identity(self) -> Identity:
        return await self._threads.run(self._session.identity)

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        return await self._sdk.cors(bucket)

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:
        await self._sdk.set_cors(bucket, rules)

    async def vouches_for(self, info: ObjectInfo) -> bool:
        return info.md5 is not None

    async def close(self) -> None:
        self._reads.close()
        await self._threads.run(self._session.close)


def _object(uri: ObjectURI) -> ObjectURI:
    """`uri`, if it names an object that a URL can name: HTTP clients and servers resolve segments of dots."""
    if not uri.key:
        raise InvalidURIError(f"{uri.public_text} names a container, not an object")
    if _DOTS.search(uri.key):
        raise InvalidURIError(f"{uri.public_text}: Azure has no names with segments '.' and '..'")
    return uri
