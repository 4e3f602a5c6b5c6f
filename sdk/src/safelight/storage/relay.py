"""Copying an object from one store to another through this machine: no file, a few parts in memory.

The parts are of one version of the object. A part that fails is read again from where it began, so a broken
connection costs a part, not the object. What was read is verified like a download before the target's last
part is sent, and what was written is compared with it; the target appears whole or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakKeyDictionary

from safelight.errors import IntegrityError, ObjectChangedError, StoreUnavailableError
from safelight.storage.base import ObjectInfo, ObjectStore, PutOptions
from safelight.storage.checksums import Checksum
from safelight.storage.options import RetryOptions
from safelight.storage.retry import retrying
from safelight.storage.uri import ObjectURI

PART: Final = 8 << 20
"""Bytes that are read, verified and sent at a time; smaller objects are sent in one request."""

_LARGE_AT_ONCE: Final = 4
"""Objects of several parts on their way at a time: each holds up to half a dozen of them in memory."""

_TRANSIENT: Final = (StoreUnavailableError, IntegrityError)

_large: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Located:
    """An object, and the store that answers for it."""

    store: ObjectStore
    uri: ObjectURI


async def relay(
    source: Located, target: Located, options: PutOptions | None = None, retry: RetryOptions | None = None
) -> ObjectInfo:
    """Copy one object.

    Args:
        source: the object
        target: where the copy goes
        options: how it is written; the source's content type stays unless another one is named
        retry: how often a part is read again

    Returns:
        what the target's store says of the copy

    Raises:
        IntegrityError: what was read, or what was written, is not the object
        ObjectChangedError: the object was replaced meanwhile
        StorageError: as `ObjectStore.get` and `ObjectStore.put`
    """
    retry, wanted = retry or RetryOptions(), options or PutOptions()
    if not source.store.ranged:
        return await retrying(retry, lambda: _relay_once(source, target, wanted), (IntegrityError,))
    original = _Original(source, retry)
    first = await original.first_part()
    wanted = _like(original.info, wanted)
    if original.info.size <= PART:
        await original.verify()
        written = await target.store.put(target.uri, first, wanted)
    else:
        async with _large.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_LARGE_AT_ONCE)):
            written = await target.store.put(target.uri, original.parts(first), wanted)
    await _compare(target.store, written, original.info.size, original.digest)
    return written


class _Original:
    """One version of an object, read part by part.

    Args:
        located: the object
        retry: how often a part is read again
    """

    info: ObjectInfo

    def __init__(self, located: Located, retry: RetryOptions) -> None:
        self._store, self._uri = located.store, located.uri
        self._retry = retry
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c: Checksum | None = None  # where the store gives no MD5

    @property
    def digest(self) -> bytes:
        """MD5 of what was read so far."""
        return self._md5.digest()

    async def first_part(self) -> bytes:
        """Read the first part, and learn what there is."""
        return await retrying(self._retry, self._read_first, (IntegrityError, ObjectChangedError))

    async def _read_first(self) -> bytes:
        reader = await self._store.get(self._uri)
        self.info = reader.info
        self._crc32c = None if self.info.md5 else Checksum(self.info)
        if self.info.size > PART:
            await reader.close()
            return await self._read_again(0)
        self._md5 = hashlib.md5(usedforsecurity=False)
        data = b"".join([bytes(chunk) async for chunk in reader])
        self._add(data)
        return data

    async def parts(self, first: bytes) -> AsyncIterator[bytes]:
        """Give the parts; the next one is on its way while one is being sent."""
        self._add(first)
        part, starts = first, range(PART, self.info.size, PART)
        for start in starts:
            ahead = asyncio.ensure_future(self._read_again(start))
            try:
                yield part
                part = await ahead
            finally:
                ahead.cancel()
            await asyncio.to_thread(self._add, part)
        await self.verify()  # before the last part: without it there is no object
        yield part

    async def _read_again(self, start: int) -> bytes:
        return await retrying(self._retry, lambda: self._read(start), _TRANSIENT)

    async def _read(self, start: int) -> bytes:
        data, info = await self._store.get_range(self._uri, start, PART, etag=self.info.etag)
        if (info.etag, info.size) != (self.info.etag, self.info.size):
            reason = "the object was replaced while it was being copied"
            raise ObjectChangedError(reason, self._uri.public_text)
        return data

    async def verify(self) -> None:
        """Compare what was read with what the store vouches for."""
        wrong = self._crc32c.wrong if self._crc32c else self.info.md5 != self.digest
        if wrong and await self._store.vouches_for(self.info):
            reason = f"the bytes that arrived do not have the object's {'CRC32C' if self._crc32c else 'MD5'}"
            raise IntegrityError(reason, self._uri.public_text)

    def _add(self, data: bytes) -> None:
        self._md5.update(data)
        if self._crc32c:
            self._crc32c.update(data)


async def _relay_once(source: Located, target: Located, options: PutOptions) -> ObjectInfo:
    """Copy from a store that cannot read ranges cheaply: one pass, verified at its end."""
    reader = await source.store.get(source.uri)
    md5 = hashlib.md5(usedforsecurity=False)

    async def chunks() -> AsyncIterator[bytes]:
        held = b""
        async for chunk in reader:
            md5.update(chunk)
            if held:
                yield held
            held = bytes(chunk)
        if reader.info.md5 and md5.digest() != reader.info.md5:
            reason = "the bytes that arrived do not have the object's MD5"
            raise IntegrityError(reason, source.uri.public_text)
        yield held

    written = await target.store.put(target.uri, chunks(), _like(reader.info, options))
    await _compare(target.store, written, reader.info.size, md5.digest())
    return written


def _like(info: ObjectInfo, options: PutOptions) -> PutOptions:
    return options if options.content_type else replace(options, content_type=info.content_type)


async def _compare(store: ObjectStore, written: ObjectInfo, size: int, digest: bytes) -> None:
    differs = written.md5 is not None and written.md5 != digest and await store.vouches_for(written)
    if written.size != size or differs:
        raise IntegrityError("what the store has is not what was sent", written.uri.public_text)
