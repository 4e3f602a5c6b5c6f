"""What a written object says of its content."""

from __future__ import annotations

import mimetypes

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
