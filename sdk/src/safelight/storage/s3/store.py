"""The S3 store: obstore for the bytes of plain keys, boto3 for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from safelight.errors import AccessDeniedError, CredentialsError, StorageError
from safelight.storage.base import Identity, ObjectInfo, PutOptions, Reader, Source
from safelight.storage.content import content_headers
from safelight.storage.forks import native_usable
from safelight.storage.native import NativePlane, is_plain
from safelight.storage.options import StorageOptions
from safelight.storage.planes import Planes, TwoPlaneStore, check_key
from safelight.storage.s3.buckets import list_buckets
from safelight.storage.s3.describe import describe_native
from safelight.storage.s3.errors import translating
from safelight.storage.s3.native import open_native
from safelight.storage.s3.options import S3Account
from safelight.storage.s3.region import discover_region
from safelight.storage.s3.sdk import SdkPlane
from safelight.storage.s3.session import S3Session
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Store(TwoPlaneStore[SdkPlane, NativePlane]):
    """One bucket as one account; opened, its region found, with the first request.

    Args:
        bucket: the bucket, or any object in it
        session: the account's session
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(
        self, bucket: ObjectURI, session: S3Session, options: StorageOptions, threads: Threads
    ) -> None:
        self._bucket = bucket.bucket
        self._place = bucket.place
        self._session = session
        self._options = options
        super().__init__(threads, translating, self._open)

    async def head(self, uri: ObjectURI) -> ObjectInfo:
        plane = await self._data_plane(uri)
        try:
            return await plane.head(uri)
        except StorageError as error:
            if type(error) in {AccessDeniedError, StorageError}:
                # An answer to HEAD has no body, so no reason: the refusal of a GET says which it is.
                await plane.get_range(uri, 0, 1)
            raise

    async def get(self, uri: ObjectURI) -> Reader:
        return await (await self._data_plane(uri)).get(uri)

    async def get_range(
        self, uri: ObjectURI, start: int, length: int, *, etag: str | None = None
    ) -> tuple[bytes, ObjectInfo]:
        return await (await self._data_plane(uri)).get_range(uri, start, length, etag)

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions | None = None) -> ObjectInfo:
        options = options or PutOptions()
        plane = await self._data_plane(uri)
        if isinstance(plane, SdkPlane) or self._options.s3.canned_acl:
            return await (await self._sdk(uri)).put(uri, source, options)
        headers = content_headers(uri, options)
        attributes = {"Content-Type": headers["ContentType"]}
        if options.cache_control:
            attributes["Cache-Control"] = options.cache_control
        return await plane.put(uri, source, options, attributes)

    def reaches(self, source: ObjectURI) -> bool:
        return source.place[:2] == self._place[:2] and self._session.serves(source.bucket)

    async def sign(self, uri: ObjectURI, *, method: str = "GET", expires: timedelta) -> str:
        if await self._threads.run(self._session.credentials) is None:
            raise CredentialsError("no credentials to sign with", uri.public_text)
        return await super().sign(uri, method=method, expires=expires)

    async def identity(self) -> Identity:
        return await self._threads.run(self._session.identity)

    async def close(self) -> None:
        if made := self._opening.made:
            await made.sdk.close()

    async def _data_plane(self, uri: ObjectURI) -> NativePlane | SdkPlane:
        check_key(uri)
        planes = await self._opened(uri)
        return planes.native if planes.native and is_plain(uri.key) else planes.sdk

    def _open(self) -> Planes[SdkPlane, NativePlane]:
        client = self._client()
        sdk = SdkPlane(
            client,
            self._threads,
            seconds=self._options.retry.total_timeout,
            requester_pays=self._pays,
            canned_acl=self._options.s3.canned_acl,
        )
        return Planes(sdk, self._open_native(client) if native_usable() else None)

    def _client(self) -> S3Client:
        client = self._session.client()
        region = self._session.fixed_region or discover_region(client, self._bucket)
        return self._session.client(region) if region and region != client.meta.region_name else client

    def _open_native(self, client: S3Client) -> NativePlane | None:
        store = open_native(
            self._bucket,
            client,
            self._session.credentials(),
            custom_endpoint=self._session.custom_endpoint,
            requester_pays=self._pays,
            retry=self._options.retry,
            ca_bundle=self._session.ca_bundle(),
        )
        return NativePlane(store, describe_native)

    @property
    def _pays(self) -> bool:
        return self._bucket in self._options.s3.requester_pays


class S3Provider:
    """Makes the stores of every bucket; accounts share their session.

    Args:
        options: the options of storage
        threads: where blocking calls run
    """

    def __init__(self, options: StorageOptions, threads: Threads) -> None:
        self._options = options
        self._threads = threads
        self._sessions: dict[S3Account, S3Session] = {}

    def open(self, uri: ObjectURI) -> S3Store:
        """Make the store of `uri`'s bucket; no request is sent yet."""
        session = self._session_of(self._options.s3.account_of(uri.bucket))
        return S3Store(uri, session, self._options, self._threads)

    async def buckets(self) -> Sequence[ObjectURI]:
        session = self._session_of(self._options.s3.account)
        names = await self._threads.run(list_buckets, session, ObjectURI("s3", "", ""))
        return [ObjectURI("s3", name, "") for name in names]

    def _session_of(self, account: S3Account) -> S3Session:
        return self._sessions.setdefault(account, S3Session(self._options, account))
