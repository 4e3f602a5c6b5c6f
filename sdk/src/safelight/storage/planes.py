"""Stores that reach a bucket in two ways.

The provider's SDK does everything for every key; obstore, where it works, moves the bytes of plain keys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from safelight.errors import InvalidURIError, StorageError
from safelight.storage.base import BlockingReads, CorsRule, ObjectInfo, Page
from safelight.storage.native import is_plain
from safelight.storage.opening import Opening
from safelight.storage.threads import Threads
from safelight.storage.uri import ObjectURI


class Operations(Protocol):
    """What every `SdkPlane` does. Contracts are those of `ObjectStore`."""

    async def head(self, uri: ObjectURI) -> ObjectInfo: ...
    def list(self, prefix: ObjectURI, *, recursive: bool) -> AsyncIterator[Page]: ...
    async def delete(self, uris: Sequence[ObjectURI]) -> None: ...
    async def copy(self, source: ObjectURI, target: ObjectURI) -> None: ...
    async def sign(self, uri: ObjectURI, method: str, expires: timedelta) -> str: ...
    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]: ...
    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None: ...


SDK = TypeVar("SDK", bound=Operations)
Native = TypeVar("Native", bound=BlockingReads)


@dataclass(frozen=True, slots=True)
class Planes(Generic[SDK, Native]):
    """The two ways to a bucket; `native` is None where obstore does not work."""

    sdk: SDK
    native: Native | None


class TwoPlaneStore(Generic[SDK, Native]):
    """One bucket as one account; opened with the first request.

    Args:
        threads: where blocking calls run
        translating: makes ours of the SDK's exceptions
        open_planes: makes the planes; may block
    """

    ranged = True

    def __init__(
        self,
        threads: Threads,
        translating: Callable[[ObjectURI], AbstractContextManager[None]],
        open_planes: Callable[[], Planes[SDK, Native]],
    ) -> None:
        self._threads = threads
        self._translating = translating
        self._opening = Opening(open_planes)

    def blocking_reads(self, uri: ObjectURI) -> BlockingReads | None:
        if not uri.key or not is_plain(uri.key):
            return None
        return (self._opening.made or self._opened_blocking(uri)).native

    async def list(self, prefix: ObjectURI, *, recursive: bool = True) -> AsyncIterator[Page]:
        sdk = await self._sdk(prefix)
        async for page in sdk.list(prefix, recursive=recursive):
            yield page

    async def delete(self, uris: Sequence[ObjectURI]) -> None:
        if uris:
            await (await self._sdk(uris[0])).delete(uris)

    async def copy(self, source: ObjectURI, target: ObjectURI) -> None:
        await (await self._sdk(target)).copy(source, target)

    async def sign(self, uri: ObjectURI, *, method: str = "GET", expires: timedelta) -> str:
        return await (await self._sdk(uri)).sign(uri, method, expires)

    async def cors(self, bucket: ObjectURI) -> Sequence[CorsRule]:
        return await (await self._sdk(bucket)).cors(bucket)

    async def set_cors(self, bucket: ObjectURI, rules: Sequence[CorsRule]) -> None:
        await (await self._sdk(bucket)).set_cors(bucket, rules)

    async def vouches_for(self, info: ObjectInfo) -> bool:
        described = await (await self._sdk(info.uri)).head(info.uri)
        return described.md5 == info.md5

    async def _sdk(self, uri: ObjectURI) -> SDK:
        return (await self._opened(uri)).sdk

    async def _opened(self, uri: ObjectURI) -> Planes[SDK, Native]:
        made = self._opening.made
        return await self._threads.run(self._opened_blocking, uri) if made is None else made

    def _opened_blocking(self, uri: ObjectURI) -> Planes[SDK, Native]:
        # An error about the account is told as one about the object that needed it.
        with self._translating(uri):
            try:
                return self._opening.get()
            except StorageError as error:
                raise type(error)(error.reason, error.uri or uri.public_text) from None


def check_key(uri: ObjectURI) -> None:
    """Refuse an address without a key.

    Raises:
        InvalidURIError: it names a bucket
    """
    if not uri.key:
        raise InvalidURIError(f"{uri.public_text} names a bucket, not an object")
