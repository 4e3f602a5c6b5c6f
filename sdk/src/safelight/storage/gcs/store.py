"""The Google Cloud Storage store: obstore reads plain keys, Google's client does everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from safelight.errors import CredentialsError, EndpointError, StorageError
from safelight.storage.base import Identity, ObjectInfo, PutOptions, Reader, Source
from safelight.storage.forks import native_usable
from safelight.storage.gcs.errors import translating
from safelight.storage.gcs.native import open_native
from safelight.storage.gcs.reads import ReadPlane
from safelight.storage.gcs.sdk import SdkPlane
from safelight.storage.gcs.session import GCSSession
from safelight.storage.native import is_plain
from safelight.storage.options import StorageOptions
from safelight.storage.planes import Planes, TwoPlaneStore, check_key
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

T = TypeVar("T")

#: What an answer of the XML API may mean that only the JSON API tells. It also renews a refused token.
_UNCLEAR: Final = frozenset({CredentialsError, EndpointError, StorageError})


class GCSStore(TwoPlaneStore[SdkPlane, ReadPlane]):
    """One bucket as one account; opened with the first request.

    Args:
        bucket: the address of the bucket
        session: the account's session
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(
        self, bucket: ObjectURI, session: GCSSession, options: StorageOptions, threads: Threads
    ) -> None:
        self._bucket = bucket.bucket
        self._session = session
        self._options = options
        super().__init__(threads, translating, self._open)

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        return await self._read(uri, lambda plane: plane.head(uri))

    async def get(self, uri: ObjectURI) -> Reader:
        return await self._read(uri, lambda plane: plane.get(uri))

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        return await self._read(uri, lambda plane: plane.get_range(uri, start, length, etag))

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions | None = None) -> ObjectInfo:
        check_key(uri)
        return await (await self._sdk(uri)).put(uri, source, options or PutOptions())

    def reaches(self, source: ObjectURI) -> bool:
        return source.provider == "gcs" and self._session.serves(source.bucket)

    async def identity(self) -> Identity:
        return await self._threads.run(self._session.identity)

    async def close(self) -> None:
        await self._threads.run(self._session.close)

    async def _read(self, uri: ObjectURI, read: Callable[[ReadPlane | SdkPlane], Awaitable[T]]) -> T:
        check_key(uri)
        planes = await self._opened(uri)
        if planes.native and is_plain(uri.key):
            try:
                return await read(planes.native)
            except StorageError as error:
                if type(error) not in _UNCLEAR:
                    raise
        return await read(planes.sdk)

    def _open(self) -> Planes[SdkPlane, ReadPlane]:
        opened, retry = self._session.open(), self._options.retry
        payer = None
        if self._bucket in self._options.gcs.requester_pays:
            payer = self._options.gcs.billing_project or opened.client.project
        sdk = SdkPlane(opened, self._threads, retry, payer)
        native = ReadPlane(open_native(self._bucket, opened, retry, payer), sdk) if native_usable() else None
        return Planes(sdk, native)
