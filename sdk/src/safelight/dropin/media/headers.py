"""The first bytes of remote files: one answer has most images' dimensions, and the size of the whole."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from safelight.dropin.media.local import localize
from safelight.storage.base import ObjectInfo

HEADER_BYTES: Final = 64 * 1024
"""Where JPEG, PNG, TIFF, BMP, GIF and JPEG 2000 have their dimensions, unless large metadata precede them."""

UNKNOWN_TYPE: Final = "application/octet-stream"
"""What a guess from the name gives when the name tells nothing (RFC 2046)."""


class ImageHeader(NamedTuple):
    """What upstream's `get_image_info` and the store say of one image."""

    size: int
    content_type: str | None
    width: int
    height: int
    channels: int


def describe(url: str) -> ObjectInfo:
    """What the store says of one object, by one request.

    Raises:
        StorageError: it cannot be asked, or there is no such object
    """
    from safelight.runtime import get_runtime

    return get_runtime().files.info(url)


def read_image_header(url: str, get_image_info: Callable[[Any], tuple[int, int, int]]) -> ImageHeader:
    """Read an image's dimensions by one ranged request; by the whole file only when its header is elsewhere.

    Args:
        url: a remote address
        get_image_info: upstream's `(width, height, channels)` of a file object, EXIF rotation minded

    Raises:
        StorageError: the object cannot be had
        OSError: it is not an image that PIL can read
    """
    from safelight.runtime import get_runtime

    runtime = get_runtime()
    if runtime.cache.is_cached(url):
        return _from_copy(url, None, get_image_info)
    uri = runtime.stores.parse(url)
    data, info = runtime.portal.run(runtime.stores.store_for(uri).get_range(uri, 0, HEADER_BYTES))
    try:
        return ImageHeader(info.size, info.content_type, *get_image_info(io.BytesIO(data)))
    # PIL has no common error for "not enough bytes": OSError, SyntaxError, struct.error, EOFError and others.
    except Exception:
        if len(data) >= info.size:
            raise
    return _from_copy(url, info.content_type, get_image_info)


def _from_copy(
    url: str, content_type: str | None, get_image_info: Callable[[Any], tuple[int, int, int]]
) -> ImageHeader:
    with Path(localize(url)).open("rb") as file:
        return ImageHeader(os.fstat(file.fileno()).st_size, content_type, *get_image_info(file))
