"""Writing blobs, by azure-storage-blob: small ones in one request, others in blocks as they arrive.

Blocks are nothing until they are committed, all at once: readers see the old object or the new one. The
object's MD5 is stored with it, since the service computes none for blobs that were written in blocks.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from azure.core import MatchConditions
from azure.storage.blob import BlobBlock, ContentSettings

from safelight.storage.azure.calls import Calls
from safelight.storage.azure.session import BLOCK
from safelight.storage.base import ObjectInfo, PutOptions, Source
from safelight.storage.content import Counted, content_headers
from safelight.storage.threads import finishing
from safelight.storage.uri import ObjectURI

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient

_AT_ONCE: Final = 4
"""Blocks of one object in memory."""
_MAX_BLOCKS: Final = 50_000


class BlobWrites:
    """Writes the blobs of one account.

    Args:
        calls: calls the account's client
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def put(self, uri: ObjectURI, source: Source, options: PutOptions) -> ObjectInfo:
        block = max(BLOCK, -(-_length(source) // _MAX_BLOCKS))
        parts = Counted(_chunks(source, block)).parts(block)
        first, second = await anext(parts), await anext(parts, None)
        blob = (await self._calls.service(uri)).get_blob_client(uri.bucket, uri.key)
        if second is None:
            return await self._put_whole(blob, uri, first, options)
        return await self._put_blocks(blob, uri, _joined(first, second, parts), options)

    async def _put_whole(
        self, blob: BlobClient, uri: ObjectURI, body: bytes, options: PutOptions
    ) -> ObjectInfo:
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        settings = _settings(uri, options, md5)
        written = await self._calls.run(
            uri,
            lambda: blob.upload_blob(
                body, length=len(body), overwrite=options.overwrite, content_settings=settings
            ),
            writing=True,
        )
        return _describe(uri, len(body), settings, written)

    async def _put_blocks(
        self, blob: BlobClient, uri: ObjectURI, parts: AsyncIterator[bytes], options: PutOptions
    ) -> ObjectInfo:
        upload = _Upload(self._calls, blob, uri)
        await upload.send(parts)
        settings = _settings(uri, options, upload.md5.digest())
        condition: dict[str, Any] = (
            {} if options.overwrite else {"match_condition": MatchConditions.IfMissing}
        )
        written = await self._calls.run(
            uri,
            lambda: blob.commit_block_list(upload.blocks, content_settings=settings, **condition),
            writing=True,
        )
        return _describe(uri, upload.size, settings, written)


class _Upload:
    """The blocks of one blob on their way."""

    def __init__(self, calls: Calls, blob: BlobClient, uri: ObjectURI) -> None:
        self._calls = calls
        self._blob = blob
        self._uri = uri
        self._name = uuid.uuid4().hex[:12]  # others may be writing blocks of the same blob
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self.blocks: list[BlobBlock] = []
        self.size = 0
        self.md5 = hashlib.md5(usedforsecurity=False)

    async def send(self, parts: AsyncIterator[bytes]) -> None:
        """Send all parts; the first error ends it."""
        tasks: list[asyncio.Task[None]] = []
        try:
            async for body in parts:
                await self._slots.acquire()
                if any(task.done() and task.exception() for task in tasks):
                    break
                self.blocks.append(BlobBlock(f"{self._name}-{len(self.blocks):06}"))
                self.size += len(body)
                await finishing(self.md5.update, body)
                tasks.append(asyncio.create_task(self._stage(self.blocks[-1].id, body)))
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stage(self, name: str, body: bytes) -> None:
        try:
            await self._calls.run(
                self._uri,
                lambda: self._blob.stage_block(name, body, len(body), validate_content=True),
                writing=True,
            )
        finally:
            self._slots.release()


def _length(source: Source) -> int:
    if isinstance(source, Path):
        return source.stat().st_size
    return len(source) if isinstance(source, bytes) else 0


async def _chunks(source: Source, size: int) -> AsyncIterator[bytes]:
    if isinstance(source, bytes):
        for start in range(0, len(source), size):
            yield source[start : start + size]
    elif isinstance(source, Path):
        file = await finishing(source.open, "rb")
        try:
            while chunk := await finishing(file.read, size):
                yield chunk
        finally:
            file.close()
    else:
        async for chunk in source:
            yield chunk


async def _joined(first: bytes, second: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    yield second
    async for part in rest:
        yield part


def _settings(uri: ObjectURI, options: PutOptions, md5: bytes) -> ContentSettings:
    headers = content_headers(uri, options)
    return ContentSettings(
        content_type=headers["ContentType"],
        cache_control=headers.get("CacheControl"),
        content_md5=bytearray(md5),
    )


def _describe(uri: ObjectURI, size: int, settings: ContentSettings, written: dict[str, Any]) -> ObjectInfo:
    md5: Any = settings.content_md5
    return ObjectInfo(uri, size, written["etag"], bytes(md5), written["last_modified"], settings.content_type)
