"""The bytes behind a signed path.

What the cache has, or should have (`cache_app_images`), comes from its file. Everything else passes through,
range by range: a video is sought without being downloaded, and the bucket needs no CORS rules.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from email.utils import format_datetime
from typing import Any, Final

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from safelight.dropin.app.byte_ranges import ByteRange, UnsatisfiableRangeError, parse_range
from safelight.dropin.app.documents import rewrite_scene
from safelight.errors import (
    AccessDeniedError,
    ObjectNotFoundError,
    RangeNotSatisfiableError,
    SafelightError,
)
from safelight.runtime import Runtime, get_runtime
from safelight.storage.base import ObjectInfo, ObjectStore
from safelight.storage.uri import ObjectURI

logger = logging.getLogger(__name__)

_PIECE: Final = 1 << 20
"""Bytes that are asked for at a time: a browser that seeks elsewhere leaves no more than that unread."""

_ANY_TYPE: Final = frozenset({"application/octet-stream", "binary/octet-stream"})

_SCENE: Final = ".fo3d"
_MAX_AGE: Final = "private, max-age=3600"

FromFile = Callable[[str], Any]
"""Upstream's own answer for a local file: a coroutine."""


async def deliver(request: Request, address: str, headers: dict[str, str], from_file: FromFile) -> Response:
    """Answer a request for an object.

    Args:
        request: GET or HEAD, perhaps with a range
        address: the object, as a dataset has it
        headers: what upstream sends with every media file
        from_file: answers from a local file instead

    Returns:
        the answer; an error of the store is one too, and a line in the server's log
    """
    runtime = get_runtime()
    try:
        if address.endswith(_SCENE):
            return await _scene(runtime, address, headers)
        if await anyio.to_thread.run_sync(_is_for_cache, runtime, address):
            return await from_file(await anyio.to_thread.run_sync(runtime.cache.get_local_path, address))  # type: ignore[no-any-return]  # upstream has no types
        return await _passed_through(runtime, request, address, headers)
    except SafelightError as error:
        logger.warning("the App cannot show %s", error)
        return Response(_reason(error), _status(error), headers)


def _is_for_cache(runtime: Runtime, address: str) -> bool:
    if runtime.cache.is_cached(address):
        return True
    import fiftyone.core.media as fom

    return runtime.config.cache_app_images and fom.get_media_type(address) == fom.IMAGE


async def _scene(runtime: Runtime, address: str, headers: dict[str, str]) -> Response:
    text = await anyio.to_thread.run_sync(runtime.files.read_text, address)
    return Response(rewrite_scene(text, address), 200, headers, "application/json")


async def _passed_through(
    runtime: Runtime, request: Request, address: str, headers: dict[str, str]
) -> Response:
    uri = runtime.stores.parse(address)
    store = runtime.stores.store_for(uri)
    first, info = await _beginning(runtime, store, uri, request)
    about = headers | _about(info)
    if info.etag and request.headers.get("If-None-Match") == info.etag:
        return Response(None, 304, about)
    try:
        part = parse_range(request.headers.get("Range"), info.size)
    except UnsatisfiableRangeError as error:
        return Response(None, 416, about | {"Content-Range": str(error)})
    asked = part or ByteRange(0, info.size, info.size)
    about["Content-Length"] = str(asked.stop - asked.start)
    if part:
        about["Content-Range"] = part.content_range
    status = 206 if part else 200
    if request.method == "HEAD":
        return Response(None, status, about, _type_of(info))
    return StreamingResponse(_pieces(runtime, store, info, asked, first), status, about, _type_of(info))


async def _beginning(
    runtime: Runtime, store: ObjectStore, uri: ObjectURI, request: Request
) -> tuple[bytes, ObjectInfo]:
    """The first bytes where they are asked for, and in any case what the store says of the object."""
    wanted = request.headers.get("Range", "bytes=0-").strip().lower().startswith("bytes=0-")
    if wanted and request.method == "GET":
        try:
            first, info = await _awaited(runtime, store.get_range(uri, 0, _PIECE))
        except RangeNotSatisfiableError:
            pass  # an empty object has no first byte
        else:
            return first, info
    return b"", await _awaited(runtime, store.head(uri))


async def _pieces(
    runtime: Runtime, store: ObjectStore, info: ObjectInfo, part: ByteRange, first: bytes
) -> AsyncIterator[bytes]:
    """Give a part piece by piece, all of one version of the object; `first` is what is there already."""
    if first and part.start == 0:
        yield first[: part.stop]
    begin = len(first) if part.start == 0 else part.start
    for start in range(begin, part.stop, _PIECE):
        length = min(_PIECE, part.stop - start)
        data, _ = await _awaited(runtime, store.get_range(info.uri, start, length, etag=info.etag))
        yield data


async def _awaited(runtime: Runtime, coroutine: Any) -> Any:
    """Await what runs on the runtime's event loop: the server has another one."""
    return await anyio.to_thread.run_sync(runtime.portal.run, coroutine)


def _type_of(info: ObjectInfo) -> str:
    """The stored type; a guess from the name where whoever uploaded the object did not say."""
    if info.content_type and info.content_type not in _ANY_TYPE:
        return info.content_type
    import eta.core.utils as etau

    return str(etau.guess_mime_type(info.uri.name))


def _about(info: ObjectInfo) -> dict[str, str]:
    about = {"Accept-Ranges": "bytes", "Cache-Control": _MAX_AGE}
    if info.etag:
        about["ETag"] = info.etag
    if info.last_modified:
        about["Last-Modified"] = format_datetime(info.last_modified, usegmt=True)
    return about


def _status(error: SafelightError) -> int:
    if isinstance(error, ObjectNotFoundError):
        return 404
    return 403 if isinstance(error, AccessDeniedError) else 502


def _reason(error: SafelightError) -> str:
    return str(getattr(error, "reason", error))
