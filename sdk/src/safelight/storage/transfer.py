"""Whole objects between stores and files, verified.

A download is one ranged GET for a small object, without asking for its size first; a large one continues with
more ranges of the same version, some at a time. Whatever arrives is compared with the length and, where the
provider vouches for one, the MD5 of the object.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Final

from safelight.errors import IntegrityError, ObjectChangedError, RangeNotSatisfiableError
from safelight.storage.base import ObjectInfo, ObjectStore, PutOptions
from safelight.storage.options import RetryOptions
from safelight.storage.retry import retrying
from safelight.storage.uri import ObjectURI

PART: Final = 8 << 20
"""Bytes per range, and so the most that a small object occupies in memory."""

_PARALLEL: Final = 4
_DEFAULT_RETRY: Final = RetryOptions()


async def download(
    store: ObjectStore, uri: ObjectURI, target: Path, retry: RetryOptions = _DEFAULT_RETRY
) -> ObjectInfo:
    """Read an object into a file.

    Args:
        store: the store that answers for `uri`
        uri: the object
        target: file to write, the caller's own temporary path: on any error its content is undefined
        retry: how often to begin again after a broken body or a replaced object

    Raises:
        IntegrityError: the bytes are not those that the store announced, also after retries
        ObjectChangedError: the object kept being replaced while it was read
        StorageError: as `ObjectStore.get`
        OSError: `target` cannot be written
    """

    async def attempt() -> ObjectInfo:
        if not store.ranged:
            return await _download_stream(store, uri, target)
        try:
            return await _download_ranges(store, uri, target)
        except RangeNotSatisfiableError:
            # No byte of an empty object is in any range.
            return await _download_stream(store, uri, target)

    return await retrying(retry, attempt, (IntegrityError, ObjectChangedError))


async def upload(
    store: ObjectStore, source: Path, uri: ObjectURI, options: PutOptions | None = None
) -> ObjectInfo:
    """Write a file to an object.

    Raises:
        OSError: `source` cannot be read
        StorageError: as `ObjectStore.put`
    """
    return await store.put(uri, source, options)


async def copy(
    source_store: ObjectStore, source: ObjectURI, target_store: ObjectStore, target: ObjectURI, spool: Path
) -> None:
    """Copy an object, inside its store where both addresses are in one, else through this machine.

    Args:
        source_store: the store that answers for `source`
        source: the object
        target_store: the store that answers for `target`
        target: where the copy goes
        spool: the caller's own temporary path: bytes wait there, not in memory

    Raises:
        StorageError: as `download` and `ObjectStore.put`
    """
    if source_store is target_store:
        await source_store.copy(source, target)
        return
    info = await download(source_store, source, spool)
    await target_store.put(target, spool, PutOptions(content_type=info.content_type))


async def _download_ranges(store: ObjectStore, uri: ObjectURI, target: Path) -> ObjectInfo:
    data, info = await store.get_range(uri, 0, PART)
    if info.size <= PART:
        digest = await asyncio.to_thread(_write_whole, target, data, hashed=info.md5 is not None)
    else:
        await asyncio.to_thread(_write_first, target, data, info.size)
        await _download_rest(store, info, target)
        digest = await asyncio.to_thread(_digest_file, target) if info.md5 else None
    await _verify(store, info, target, digest)
    return info


async def _download_rest(store: ObjectStore, info: ObjectInfo, target: Path) -> None:
    slots = asyncio.Semaphore(_PARALLEL)

    async def fetch(start: int) -> None:
        async with slots:
            data, part = await store.get_range(info.uri, start, PART, etag=info.etag)
            if (part.etag, part.size) != (info.etag, info.size):
                reason = "the object was replaced while it was being read"
                raise ObjectChangedError(reason, info.uri.public_text)
            await asyncio.to_thread(_write_at, target, data, start)

    tasks = [asyncio.ensure_future(fetch(start)) for start in range(PART, info.size, PART)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _download_stream(store: ObjectStore, uri: ObjectURI, target: Path) -> ObjectInfo:
    reader = await store.get(uri)
    digest = hashlib.md5(usedforsecurity=False)
    file = await asyncio.to_thread(target.open, "wb")
    with file:
        async for chunk in reader:
            await asyncio.to_thread(_append, file.fileno(), chunk, digest)
    info = reader.info
    await _verify(store, info, target, digest.digest() if info.md5 else None)
    return info


async def _verify(store: ObjectStore, info: ObjectInfo, target: Path, digest: bytes | None) -> None:
    size = (await asyncio.to_thread(target.stat)).st_size
    if size != info.size:
        raise IntegrityError(f"{size} bytes arrived, {info.size} were announced", info.uri.public_text)
    if digest is not None and digest != info.md5 and await store.vouches_for(info):
        raise IntegrityError("the bytes that arrived do not have the object's MD5", info.uri.public_text)


def _write_whole(target: Path, data: bytes, *, hashed: bool) -> bytes | None:
    target.write_bytes(data)
    return hashlib.md5(data, usedforsecurity=False).digest() if hashed else None


def _write_first(target: Path, data: bytes, size: int) -> None:
    with target.open("wb") as file:
        file.write(data)
        file.truncate(size)


def _write_at(target: Path, data: bytes, start: int) -> None:
    with target.open("r+b") as file:
        file.seek(start)
        file.write(data)


def _append(descriptor: int, chunk: bytes | memoryview, digest: hashlib._Hash) -> None:
    digest.update(chunk)
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def _digest_file(target: Path) -> bytes:
    digest = hashlib.md5(usedforsecurity=False)
    with target.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.digest()
