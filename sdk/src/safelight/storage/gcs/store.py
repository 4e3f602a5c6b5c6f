"""The Google Cloud Storage store: obstore reads plain keys, Google's client does everything else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from safelight.errors import CredentialsError, EndpointError, InvalidURIError, StorageError
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
from safelight.storage.forks import native_usable
from safelight.storage.gcs.errors import translating
from safelight.storage.gcs.native import open_native
from safelight.storage.gcs.reads import ReadPlane
from safelight.storage.gcs.sdk import SdkPlane
from safelight.storage.gcs.session import GCSSession
from safelight.storage.native import is_plain
from safelight.storage.opening import Opening
from safelight.storage.options import StorageOptions
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

T = TypeVar("T")

#: What an answer of the XML API may mean that only the JSON API tells. It also renews a refused token.
_UNCLEAR: Final = frozenset({CredentialsError, EndpointError, StorageError})


@dataclass(frozen=True, slots=True)
class _Planes:
    """The two ways to the bucket; `native` is None where obstore does not work."""

    sdk: SdkPlane
    native: ReadPlane | None


class GCSStore:
    """One bucket as one account; opened with the first request.

    Args:
        bucket: the address of the bucket
        session: the account's session
        options: the options of storage
        threads: where blocking calls run
    """

    ranged = True

    def __init__(
        self, bucket: ObjectURI, session: GCSSession, options: StorageOptions, threads: Threads
    ) -> None:
        self._bucket = bucket.bucket
        self._session = session
        self._options = options
        self._threads = threads
        self._opening = Opening(self._open)

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        return await self._read(uri, lambda plane: plane.head(uri))

    async def get(self, uri: ObjectURI) -> Reader:
        return await self._read(uri, lambda plane: plane.get(uri))

    def blocking_reads(self, uri: ObjectURI) -> BlockingReads | None:
        return self._opened_blocking(uri).native if uri.key and is_plain(uri.key) else None

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        return await self._read(uri, lambda plane: plane.get_range(uri, start, length, etag))

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions | None = None) -> ObjectInfo:
        _check_key(uri)
        return await (await self._sdk(uri)).put(uri, source, options or PutOptions())

    async def list(self, prefix: ObjectURI, *, recursive: bool = True) -> AsyncIterator[Page]:
        sdk = await self._sdk(prefix)
        async for page in sdk.list(prefix, recursive=recursive):
            yield page

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        if uris:
            await (await self._sdk(uris[0])).delete(uris)

    def reaches(self, source: ObjectURI) -> bool:
        return source.provider == "gcs" and self._session.serves(source.bucket)

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        await (await self._sdk(target)).copy(source, target)

    async def sign(self, uri: ObjectURI, *, method: str = "GET", expires: timedelta) -> str:
        return await (await self._sdk(uri)).sign(uri, method, expires)

    async def identity(self) -> Identity:
        return await self._threads.run(self._session.identity)

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        return await (await self._sdk(bucket)).cors(bucket)

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:
        await (await self._sdk(bucket)).set_cors(bucket, rules)

    async def vouches_for(self, info: ObjectInfo) -> bool:
        described = await (await self._sdk(info.uri)).head(info.uri)
        return described.md5 == info.md5

    async def close(self) -> None:
        await self._threads.run(self._session.close)

    async def _read(self, uri: ObjectURI, read: Callable[[ReadPlane | SdkPlane], Awaitable[T]]) -> T:
        _check_key(uri)
        planes = await self._opened(uri)
        if planes.native and is_plain(uri.key):
            try:
                return await read(planes.native)
            except StorageError as error:
                if type(error) not in _UNCLEAR:
                    raise
        return await read(planes.sdk)

    async def _sdk(self, uri: ObjectURI) -> SdkPlane:
        return (await self._opened(uri)).sdk

    async def _opened(self, uri: ObjectURI) -> _Planes:
        made = self._opening.made
        return await self._threads.run(self._opened_blocking, uri) if made is None else made

    def _opened_blocking(self, uri: ObjectURI) -> _Planes:
        # An error about the account is told as one about the object that needed it.
        with translating(uri):
            try:
                return self._opening.get()
            except StorageError as error:
                raise type(error)(error.reason, error.uri or uri.public_text) from None

    def _open(self) -> _Planes:
        opened, retry = self._session.open(), self._options.retry
        payer = None
        if self._bucket in self._options.gcs.requester_pays:
            payer = self._options.gcs.billing_project or opened.client.project
        sdk = SdkPlane(opened, self._threads, retry, payer)
        native = ReadPlane(open_native(self._bucket, opened, retry, payer), sdk) if native_usable() else None
        return _Planes(sdk, native)


def _check_key(uri: ObjectURI) -> None:
    if not uri.key:
        raise InvalidURIError(f"{uri.public_text} names a bucket, not an object")
