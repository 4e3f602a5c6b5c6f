"""What is written: how long it is, and what the object says of its content."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from safelight.storage.base import PutOptions
from safelight.storage.uri import ObjectURI

#: Types that the platform's table may not know.
_TYPES = {
    ".avif": "image/avif",
    ".fo3d": "application/json",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".jsonl": "application/jsonlines",
    ".mkv": "video/x-matroska",
    ".npy": "application/octet-stream",
    ".pcd": "application/octet-stream",
    ".webp": "image/webp",
}


def content_headers(uri: ObjectURI, options: PutOptions) -> dict[str, str]:
    """`ContentType` and `CacheControl` to store, as the S3 API names them."""
    suffix = "." + uri.name.rpartition(".")[2].lower() if "." in uri.name else ""
    guessed = _TYPES.get(suffix) or mimetypes.types_map.get(suffix)
    content_type = options.content_type or guessed or "application/octet-stream"
    return {"ContentType": content_type} | (
        {"CacheControl": options.cache_control} if options.cache_control else {}
    )


class Counted:
    """Chunks as they arrive, and how many bytes they were.

    Args:
        chunks: where they come from
    """

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks
        self.size = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self.size += len(chunk)
            yield chunk

    async def parts(self, size: int) -> AsyncIterator[bytes]:
        """The same bytes in parts of `size`, the last one shorter; one empty part where there are none."""
        held = bytearray()
        async for chunk in self:
            held += chunk
            while len(held) > size:
                yield bytes(held[:size])
                del held[:size]
        yield bytes(held)


def size_of(source: bytes | Path | Counted) -> int:
    """How many bytes a source has; of chunks, how many have arrived."""
    if isinstance(source, bytes):
        return len(source)
    return source.size if isinstance(source, Counted) else source.stat().st_size
