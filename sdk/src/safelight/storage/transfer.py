"""Whole objects between stores and files, verified.

A download is one GET, without asking for the size first; an object that turns out to be large is read in
several ranges of the same version at a time instead. Whatever arrives is compared with the length and, where
the provider vouches for one, the MD5 of the object, else its CRC32C. `download` does that for a coroutine and
for every object; `receive` for a thread that may wait, once, and for what is not large.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import aclosing
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from safelight.errors import IntegrityError, ObjectChangedError
from safelight.storage.base import BlockingReader, ObjectInfo, ObjectStore, PutOptions
from safelight.storage.checksums import Checksum, check_length
from safelight.storage.options import RetryOptions
from safelight.storage.retry import retrying
from safelight.storage.threads import finishing
from safelight.storage.uri import ObjectURI

LARGE: Final = 64 << 20
"""Bytes from which on an object is read in parts."""

_PART: Final = 4 << 20
_AT_ONCE: Final = 256 << 10
"""Writing and hashing so few bytes takes less time than handing them to a thread."""

_PARTS_PER_OBJECT: Final = 4
_PARTS_IN_MEMORY: Final = 16
_DEFAULT_RETRY: Final = RetryOptions()

#: Windows translates line ends unless told otherwise.
_BINARY: Final = getattr(os, "O_BINARY", 0)

_part_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def download(
    store: ObjectStore, uri: ObjectURI, target: str | Path, retry: RetryOptions = _DEFAULT_RETRY
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
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC | _BINARY, 0o666)
    try:
        return await download_into(store, uri, descriptor, retry)
    finally:
        os.close(descriptor)


async def download_into(
    store: ObjectStore, uri: ObjectURI, target: int, retry: RetryOptions = _DEFAULT_RETRY
) -> ObjectInfo:
    """As `download`, into a file of the caller's that is open for reading and writing, by its descriptor."""
    return await retrying(
        retry, lambda: _download_once(store, uri, target), (IntegrityError, ObjectChangedError)
    )


def receive(reader: BlockingReader, target: int) -> None:
    """Write the rest of an object to a file and verify it; there is no other try.

    Args:
        reader: what `BlockingReads.open` gave
        target: descriptor of an empty file

    Raises:
        IntegrityError: the bytes are not those that the store announced; also when its MD5 is another one
            and `ObjectStore.vouches_for` has not been asked
        StorageError: as `ObjectStore.get`
        OSError: `target` cannot be written
    """
    info = reader.info
    checksum = Checksum(info)
    sink = _Sink(target, checksum)
    for chunk in reader:
        sink.append(chunk)
    check_length(sink.received, info.size, info.uri)
    if checksum.wrong:
        raise _wrong_bytes(info, checksum)


async def upload(
    store: ObjectStore, source: Path, uri: ObjectURI, options: PutOptions | None = None
) -> ObjectInfo:
    """Write a file to an object.

    Raises:
        OSError: `source` cannot be read
        StorageError: as `ObjectStore.put`
    """
    return await store.put(uri, source, options)


async def _download_once(store: ObjectStore, uri: ObjectURI, target: int) -> ObjectInfo:
    reader = await store.get(uri)
    info = reader.info
    checksum = Checksum(info)
    os.ftruncate(target, 0)  # of what an earlier try left
    os.lseek(target, 0, os.SEEK_SET)
    sink = _Sink(target, checksum)
    if store.ranged and info.size >= LARGE:
        await reader.close()
        await _read_parts(store, info, sink)
        await finishing(checksum.update_from, target)
    else:
        async with aclosing(aiter(reader)) as chunks:  # type: ignore[type-var]  # readers are generators
            async for chunk in chunks:
                if len(chunk) <= _AT_ONCE:
                    sink.append(chunk)
                else:
                    await finishing(sink.append, chunk)
    check_length(sink.received, info.size, info.uri)
    if checksum.wrong and await store.vouches_for(info):
        raise _wrong_bytes(info, checksum)
    return info


def _wrong_bytes(info: ObjectInfo, checksum: Checksum) -> IntegrityError:
    reason = f"the bytes that arrived do not have the object's {checksum.name}"
    return IntegrityError(reason, info.uri.public_text)


class _Sink:
    """The file that a download writes; its calls block.

    A bare descriptor: a file object costs more than half of what writing a small object does.
    """

    def __init__(self, descriptor: int, checksum: Checksum) -> None:
        self._descriptor = descriptor
        self._checksum = checksum
        self._seeking = threading.Lock()  # Windows has no pwrite
        self.received = 0

    def append(self, chunk: bytes | memoryview) -> None:
        self._checksum.update(chunk)
        self._write(chunk)

    def write_at(self, start: int, data: bytes) -> None:
        """Write one part; may run beside others."""
        with self._seeking:
            os.lseek(self._descriptor, start, os.SEEK_SET)
            self._write(data)

    def _write(self, data: bytes | memoryview) -> None:
        written = os.write(self._descriptor, data)
        while written < len(data):
            written += os.write(self._descriptor, memoryview(data)[written:])
        self.received += written


async def _read_parts(store: ObjectStore, info: ObjectInfo, sink: _Sink) -> None:
    everyone = _part_slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_PARTS_IN_MEMORY))
    ours = asyncio.Semaphore(_PARTS_PER_OBJECT)

    async def fetch(start: int) -> None:
        async with ours, everyone:
            data, part = await store.get_range(info.uri, start, _PART, etag=info.etag)
            if (part.etag, part.size) != (info.etag, info.size):
                reason = "the object was replaced while it was being read"
                raise ObjectChangedError(reason, info.uri.public_text)
            await finishing(sink.write_at, start, data)

    tasks = [asyncio.ensure_future(fetch(start)) for start in range(0, info.size, _PART)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
